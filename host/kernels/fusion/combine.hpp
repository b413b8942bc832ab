// Combinations of scores and of ranks; see hydrophone_model.fusion.combine.
#pragma once

#include "dsp/exp2.hpp"
#include "dsp/reciprocal.hpp"

namespace HYDROPHONE_KERNELS {

// Fraction bits of a combined rank beyond those of a half rank.
inline constexpr int RANK_FINER = static_cast<int>(model::combine::RANKED_FRACTION) - 1;
// Bits by which a dividend times a reciprocal exceeds a quotient without further fraction bits.
inline constexpr int QUOTIENT_DOWN =
    static_cast<int>(model::reciprocal::UNIT + model::combine::GUARD);
// Where a divisor has its leading one.
inline constexpr int DIVISOR_TOP = model::reciprocal::ARGUMENT.width - 1;
inline constexpr int TRUST_DOWN =
    model::performance::PERFORMANCE.fraction - static_cast<int>(model::combine::TRUST_FRACTION);
inline constexpr i64 INVERSE_ONE = model::combine::INVERSE_ONE << model::log2::FRACTION;

// The reciprocal of a weight.
inline i64 inverse(i64 weight) {
    constexpr Fixed format = model::combine::INVERSE;
    const i64 exponent = INVERSE_ONE - log2(static_cast<u64>(most<i64>(weight, 1)));
    return exp2(exponent, format.integer, format.fraction);
}

// A performance as a weight.
inline i64 trust(i64 performance) { return most<i64>(performance, 0) >> TRUST_DOWN; }

// Quotients by one positive denominator, with `finer` more fraction bits.
class Divider {
  public:
    explicit Divider(i64 below) : top_(bit_length(static_cast<u64>(most<i64>(below, 1))) - 1) {
        const auto raised = static_cast<u64>(most<i64>(below, 1)) << DIVISOR_TOP;
        scale_ = static_cast<u64>(reciprocal(static_cast<i64>(raised >> top_)));
    }

    i64 divide(i64 above, int finer) const {
        const u64 raised = static_cast<u64>(above) << (DIVISOR_TOP + model::combine::GUARD);
        return static_cast<i64>(((raised >> top_) * scale_) >> (QUOTIENT_DOWN - finer));
    }

  private:
    int top_;
    u64 scale_;
};

#if !defined(HYDROPHONE_SCALAR)

// `inverse` of the weights of systems, four to a block.
template <std::size_t blocks, class Ints = typename Lanes<blocks>::Ints>
HYDROPHONE_INLINE void inverse(const Ints (&weights)[4], Ints (&inverses)[4]) {
    constexpr Fixed format = model::combine::INVERSE;
    static_assert(format.integer == model::combine::INVERSE_ONE, "the least weight's saturates");
    typename Lanes<blocks>::Words exponents[2];
    log2<blocks>(weights, exponents);
    for (auto& exponent : exponents) {
        exponent = static_cast<i16>(INVERSE_ONE) - exponent;
    }
    exp2<blocks, format>(exponents, inverses);
    for (std::size_t i = 0; i < 4; ++i) {
        inverses[i] = weights[i] > 1 ? inverses[i] : Ints{} + static_cast<i32>(format.max);
    }
}

// The same of two kinds of weights, each of both parts of an octet. Where a decision has two blocks
// with the same in them, either kind takes one.
template <std::size_t blocks, std::size_t spread, class Ints = typename Lanes<blocks>::Ints>
HYDROPHONE_INLINE void inverse(const Ints (&one)[2], const Ints (&other)[2],
                               Ints (&inverses)[2][2]) {
    using Vector = Lanes<blocks>;
    Ints found[4];
    if constexpr (spread == 1) {
        inverse<blocks>({one[0], one[1], other[0], other[1]}, found);
    } else {
        const Ints low = Vector::template pair_blocks<0>(one[0], other[0]);
        const Ints high = Vector::template pair_blocks<0>(one[1], other[1]);
        inverse<blocks>({low, high, low, high}, found);
    }
    for (std::size_t part = 0; part < 2; ++part) {
        if constexpr (spread == 1) {
            inverses[0][part] = found[part];
            inverses[1][part] = found[2 + part];
        } else {
            inverses[0][part] = Vector::template pair_blocks<0>(found[part], found[part]);
            inverses[1][part] = Vector::template pair_blocks<1>(found[part], found[part]);
        }
    }
}

// Quotients by a denominator that is the same in every lane of a block.
template <std::size_t blocks>
struct BlockDivider {
    using Vector = Lanes<blocks>;
    using Ints = typename Vector::Ints;
    using Longs = typename Vector::UnsignedLongs;

    Longs top;
    Longs scale;

    template <int finer>
    HYDROPHONE_INLINE Longs divide(Longs above) const {
        const Longs raised = above << (DIVISOR_TOP + model::combine::GUARD);
        return Vector::multiply(Vector::shift_down(raised, top), scale) >> (QUOTIENT_DOWN - finer);
    }
    template <int finer>
    HYDROPHONE_INLINE Ints divide(Longs even, Longs odd) const {
        return Vector::merge(divide<finer>(even), divide<finer>(odd));
    }
};

// What divides by four denominators, the four lanes of every block: of any but a positive one it is
// of no use.
template <std::size_t blocks>
class FourDividers {
    using Vector = Lanes<blocks>;
    using Ints = typename Vector::Ints;

  public:
    HYDROPHONE_INLINE explicit FourDividers(Ints below) {
        const Ints bits = Vector::float_bits(below > 1 ? below : Ints{} + 1);
        top_ = (bits >> 23) - 127;
        typename Vector::Words scales[2];
        reciprocal<blocks>({bits, bits, bits, bits}, scales);
        // From 2**15 + 1 to 2**16, that modulo 2**16.
        constexpr int half = 1 << 15;
        scale_ = Vector::widen_low(scales[0] ^ static_cast<i16>(half)) + half;
    }

    template <std::size_t which>
    HYDROPHONE_INLINE BlockDivider<blocks> get() const {
        return {Vector::even(Vector::template spread<which>(top_)),
                Vector::even(Vector::template spread<which>(scale_))};
    }

  private:
    Ints top_, scale_;
};

// Exact quotients, cut off, of sums up to 2**16 by small numbers: half a step lifts the dividend
// away from where rounding could cross a whole number, as every quotient is below 2**13.
template <std::size_t blocks, class Ints = typename Lanes<blocks>::Ints>
HYDROPHONE_INLINE Ints mean(Ints sums, typename Lanes<blocks>::Floats inverse) {
    return Lanes<blocks>::to_int((Lanes<blocks>::to_float(sums) + 0.5f) * inverse);
}

// Weights of all systems, eight to an octet, as pairs of words to multiply pairs of systems with.
template <std::size_t octets, std::size_t blocks>
struct WeightPairs {
    using Vector = Lanes<blocks>;
    using Ints = typename Vector::Ints;
    Ints pairs[octets][4];

    WeightPairs() = default;
    // From the weights of each part.
    template <class Weight>
    HYDROPHONE_INLINE explicit WeightPairs(const Weight& weight) {
        for (std::size_t octet = 0; octet < octets; ++octet) {
            const auto all =
                reinterpret_cast<Ints>(Vector::narrow(weight(2 * octet), weight(2 * octet + 1)));
            pairs[octet][0] = Vector::template spread<0>(all);
            pairs[octet][1] = Vector::template spread<1>(all);
            pairs[octet][2] = Vector::template spread<2>(all);
            pairs[octet][3] = Vector::template spread<3>(all);
        }
    }

    // The weighted sums of four candidates.
    HYDROPHONE_INLINE Ints sum(const Ints (&rows)[octets][4]) const {
        Ints total = Ints{};
        for (std::size_t octet = 0; octet < octets; ++octet) {
            for (std::size_t i = 0; i < 4; ++i) {
                total += Vector::multiply_pairs(rows[octet][i], pairs[octet][i]);
            }
        }
        return total;
    }
};

#endif

}  // namespace HYDROPHONE_KERNELS
