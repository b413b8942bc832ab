// Min-max normalisation of a system's scores; see hydrophone_model.fusion.normal.
#pragma once

#include "dsp/reciprocal.hpp"
#include "fusion/ranks.hpp"

namespace HYDROPHONE_KERNELS {

// Bits by which the product of a difference and a reciprocal exceeds a normalised score.
inline constexpr int NORMAL_DOWN =
    static_cast<int>(model::reciprocal::UNIT) - model::normal::NORMAL.fraction;

// Normalised scores of a system, 0 where it is not used or a candidate not present; whether it is.
inline bool normalise(const i16* scores, u64 present, std::size_t candidates, i64* values) {
    i64 low = model::formats::SCORE.max, high = model::formats::SCORE.min;
    for (std::size_t i = 0; i < candidates; ++i) {
        if (holds(present, i)) {
            low = least<i64>(low, scores[i]);
            high = most<i64>(high, scores[i]);
        }
    }
    const bool used = high > low && low != model::formats::MISSING;
    const i64 span = used ? high - low : 1;
    const int shift = model::reciprocal::ARGUMENT.width - bit_length(static_cast<u64>(span));
    const i64 scale = reciprocal(span << shift);
    for (std::size_t i = 0; i < candidates; ++i) {
        const i64 value = (((scores[i] - low) << shift) * scale) >> NORMAL_DOWN;
        values[i] = keep(used && holds(present, i), least(value, model::normal::ONE));
    }
    return used;
}

#if !defined(HYDROPHONE_SCALAR)

// Normalises candidates that are vectors of scores, the least there is where one is not present:
// each lane by itself, or with that of the neighbouring block if decisions have two (`spread`).
// Returns which lanes are used, all their bits set.
template <std::size_t blocks, std::size_t spread, class Words = typename Lanes<blocks>::Words>
HYDROPHONE_INLINE Words normalise(const Words* scores, const Words* present, Words* values,
                                  std::size_t vectors) {
    using Vector = Lanes<blocks>;
    using Ints = typename Vector::Ints;
    using Unsigned = typename Vector::UnsignedWords;
    constexpr auto greatest = static_cast<i16>(model::formats::SCORE.max);
    Words high = scores[0], low = Words{} + greatest;
    for (std::size_t i = 0; i < vectors; ++i) {
        high = scores[i] > high ? scores[i] : high;
        const Words taking = Vector::choose(present[i], scores[i], Words{} + greatest);
        low = taking < low ? taking : low;
    }
    if constexpr (spread == 2) {
        const Words higher = Vector::swap_blocks(high), lower = Vector::swap_blocks(low);
        high = higher > high ? higher : high;
        low = lower < low ? lower : low;
    }
    const Words used = (high > low) & (low != static_cast<i16>(model::formats::MISSING));
    // Differences of words need all 16 bits.
    const auto differ = [](Words a, Words b) {
        return reinterpret_cast<Unsigned>(a) - reinterpret_cast<Unsigned>(b);
    };
    const Words range = used ? reinterpret_cast<Words>(differ(high, low)) : Words{} + 1;
    const Ints low_bits = Vector::float_bits(Vector::widen_low(range));
    const Ints high_bits = Vector::float_bits(Vector::widen_high(range));
    // 2**(15 - e) for a range whose leading one is bit e: a number that an exponent makes. Lanes
    // that are not used get nought for it, and so for all scores.
    const auto shifted = [](Ints bits) {
        const Ints exponent = (bits & (255 << 23)) - (127 << 23);
        return Vector::to_int(reinterpret_cast<typename Vector::Floats>((142 << 23) - exponent));
    };
    const auto factor =
        reinterpret_cast<Unsigned>(Vector::narrow(shifted(low_bits), shifted(high_bits)) & used);
    Words scales[2];
    reciprocal<blocks>({low_bits, high_bits, low_bits, high_bits}, scales);
    // Words do not hold the reciprocal of a power of two: it leaves a difference as it is. No
    // quotient is above one: the reciprocal's excess is less than the last bit of one.
    const Words scale = scales[0], exact = scale == 0;
    for (std::size_t i = 0; i < vectors; ++i) {
        const Words raised = scores[i] > low ? scores[i] : low;
        const auto difference = reinterpret_cast<Words>(differ(raised, low) * factor);
        const Words product = Vector::multiply_high(difference, scale);
        const auto value = reinterpret_cast<Unsigned>(Vector::choose(exact, difference, product));
        values[i] = reinterpret_cast<Words>(value >> (NORMAL_DOWN - 16));
    }
    return used;
}

#endif

}  // namespace HYDROPHONE_KERNELS
