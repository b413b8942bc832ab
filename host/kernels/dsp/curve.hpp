// Curves by table and linear interpolation, for words of vectors of any width; see
// hydrophone_model.dsp.log2, exp2 and reciprocal for the curves.
#pragma once

#include "core/lanes.hpp"

#if !defined(HYDROPHONE_SCALAR)

namespace HYDROPHONE_KERNELS {

// A curve's 64 bases, modulo 2**16, and slopes.
class Curve {
  public:
    static constexpr std::size_t KNOTS = 64;

    constexpr Curve(const i64 (&base)[KNOTS], const i64 (&slope)[KNOTS]) {
#if !defined(__AVX512BW__)
        i64 flattest = slope[0], steepest = slope[0];
        for (const i64 each : slope) {
            flattest = least(flattest, each);
            steepest = most(steepest, each);
        }
        flattest_ = static_cast<i16>(flattest);
        is_even_ = steepest - flattest < 256;
        for (std::size_t i = 0; i < KNOTS; ++i) {
            slope_[0].put(i, static_cast<u8>(slope[i] - flattest));
            slope_[1].put(i, static_cast<u8>((slope[i] - flattest) >> 8));
        }
#endif
        for (std::size_t i = 0; i < KNOTS; ++i) {
#if defined(__AVX512BW__)
            base_[i] = static_cast<u16>(base[i]);
            slope_[i] = static_cast<u16>(slope[i]);
#else
            base_[0].put(i, static_cast<u8>(base[i]));
            base_[1].put(i, static_cast<u8>(base[i] >> 8));
#endif
        }
    }

    // Bases at places from 0 to 63, and how far the curve has come from them at `rest`, of a whole
    // 2**16, to the next.
    template <std::size_t blocks, class Words = typename Lanes<blocks>::Words>
    HYDROPHONE_INLINE void at(const Words (&places)[2], const Words (&rest)[2], Words (&base)[2],
                              Words (&rise)[2]) const {
        using Vector = Lanes<blocks>;
#if defined(__AVX512BW__)
        for (std::size_t i = 0; i < 2; ++i) {
            base[i] = look_up(base_, places[i]);
            rise[i] = Vector::multiply_high(look_up(slope_, places[i]), rest[i]);
        }
#else
        const auto both = Vector::narrow(places[0], places[1]);
        const auto low = Vector::look_up(base_[0], both), high = Vector::look_up(base_[1], both);
        base[0] = reinterpret_cast<Words>(Vector::interleave_low(low, high));
        base[1] = reinterpret_cast<Words>(Vector::interleave_high(low, high));
        const auto less = Vector::look_up(slope_[0], both);
        const auto more = is_even_ ? less ^ less : Vector::look_up(slope_[1], both);
        Words slope[2];
        slope[0] = reinterpret_cast<Words>(Vector::interleave_low(less, more)) + flattest_;
        slope[1] = reinterpret_cast<Words>(Vector::interleave_high(less, more)) + flattest_;
        rise[0] = Vector::multiply_high(slope[0], rest[0]);
        rise[1] = Vector::multiply_high(slope[1], rest[1]);
#endif
    }

  private:
#if defined(__AVX512BW__)
    template <class Words>
    HYDROPHONE_INLINE static Words look_up(const u16* words, Words places) {
        __m512i at;
        if constexpr (sizeof(Words) == 16) {
            at = _mm512_castsi128_si512(reinterpret_cast<__m128i>(places));
        } else if constexpr (sizeof(Words) == 32) {
            at = _mm512_castsi256_si512(reinterpret_cast<__m256i>(places));
        } else {
            at = reinterpret_cast<__m512i>(places);
        }
        const __m512i found =
            _mm512_permutex2var_epi16(_mm512_load_si512(words), at, _mm512_load_si512(words + 32));
        if constexpr (sizeof(Words) == 16) {
            return reinterpret_cast<Words>(_mm512_castsi512_si128(found));
        } else if constexpr (sizeof(Words) == 32) {
            return reinterpret_cast<Words>(_mm512_castsi512_si256(found));
        } else {
            return reinterpret_cast<Words>(found);
        }
    }

    alignas(64) u16 base_[KNOTS]{};
    alignas(64) u16 slope_[KNOTS]{};
#else
    // The lower and the upper bytes: of slopes, what they have beyond the flattest one. Upper bytes
    // are all zero if slopes are even.
    Table base_[2];
    Table slope_[2];
    i16 flattest_;
    bool is_even_;
#endif
};

inline constexpr Curve LOG2_CURVE{model::log2::BASE, model::log2::SLOPE};
inline constexpr Curve EXP2_CURVE{model::exp2::BASE, model::exp2::SLOPE};

// `log2` of positive ints, as words: those of the first vector, then those of the second, in every
// block; the other two likewise. Of others it means nothing.
template <std::size_t blocks, class Ints = typename Lanes<blocks>::Ints,
          class Words = typename Lanes<blocks>::Words>
HYDROPHONE_INLINE void log2(const Ints (&values)[4], Words (&logs)[2]) {
    using namespace model::log2;
    using Vector = Lanes<blocks>;
    static_assert((31 << FRACTION) <= INT16_MAX && FRACTION + GUARD < 15);
    Words places[2], rest[2], base[2], rise[2], exponents[2];
    for (std::size_t i = 0; i < 2; ++i) {
        const Ints a = Vector::float_bits(values[2 * i]) >> (23 - MANTISSA);
        const Ints b = Vector::float_bits(values[2 * i + 1]) >> (23 - MANTISSA);
        constexpr int below = (1 << MANTISSA) - 1;
        const Words mantissas = Vector::narrow(a & below, b & below);
        exponents[i] = Vector::narrow(a >> MANTISSA, b >> MANTISSA);
        places[i] = mantissas >> INTERPOLATION;
        rest[i] = mantissas << (16 - INTERPOLATION);
    }
    LOG2_CURVE.at<blocks>(places, rest, base, rise);
    for (std::size_t i = 0; i < 2; ++i) {
        constexpr i16 half = 1 << (GUARD - 1);
        logs[i] = ((exponents[i] - 127) << FRACTION) + ((base[i] + rise[i] + half) >> GUARD);
    }
}

// `exp2` of words whose whole part is below the integer bits of an unsigned format, as numbers of
// that format: those of the lower halves of every block, then those of the upper ones; the other
// words likewise.
template <std::size_t blocks, Fixed output, class Ints = typename Lanes<blocks>::Ints,
          class Words = typename Lanes<blocks>::Words>
HYDROPHONE_INLINE void exp2(const Words (&exponents)[2], Ints (&powers)[4]) {
    using namespace model::exp2;
    using Vector = Lanes<blocks>;
    using Floats = typename Vector::Floats;
    static_assert(!output.is_signed);
    Words places[2], rest[2], base[2], rise[2];
    for (std::size_t i = 0; i < 2; ++i) {
        places[i] = (exponents[i] >> INTERPOLATION) & (Curve::KNOTS - 1);
        rest[i] = exponents[i] << (16 - INTERPOLATION);
    }
    EXP2_CURVE.at<blocks>(places, rest, base, rise);
    for (std::size_t i = 0; i < 2; ++i) {
        // From one to two, the mantissa is a floating-point number's already, and adds its leading
        // one to the exponent: the upper half of that number and the lower one.
        const Words whole = exponents[i] >> FRACTION, mantissa = base[i] + rise[i];
        const Words upper =
            (mantissa >> (PRECISION - 7)) + ((whole + (126 + output.fraction)) << 7);
        const Words lower = mantissa << (23 - PRECISION);
        powers[2 * i] =
            Vector::to_int(reinterpret_cast<Floats>(Vector::interleave_low(lower, upper)));
        powers[2 * i + 1] =
            Vector::to_int(reinterpret_cast<Floats>(Vector::interleave_high(lower, upper)));
    }
}

}  // namespace HYDROPHONE_KERNELS

#endif
