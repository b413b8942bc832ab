// Curves by table and linear interpolation, for words of vectors of any width; see
// hydrophone_model.dsp.log2, exp2 and reciprocal for the curves.
#pragma once

#include "core/table.hpp"

#if !defined(HYDROPHONE_SCALAR)

namespace HYDROPHONE_KERNELS {

// A curve's bases, modulo 2**16, and slopes.
class Curve {
  public:
    constexpr Curve(const i64 (&base)[Table::COUNT], const i64 (&slope)[Table::COUNT])
        : base_(base), slope_(slope) {}

    // Bases at places from 0 to 63, and how far the curve has come from them at `rest`, of a whole
    // 2**16, to the next.
    template <std::size_t blocks, class Words = typename Lanes<blocks>::Words>
    HYDROPHONE_INLINE void at(const Words (&places)[2], const Words (&rest)[2], Words (&base)[2],
                              Words (&rise)[2]) const {
        Words slope[2];
        base_.at<blocks>(places, base);
        slope_.at<blocks>(places, slope);
        rise[0] = Lanes<blocks>::multiply_high(slope[0], rest[0]);
        rise[1] = Lanes<blocks>::multiply_high(slope[1], rest[1]);
    }

  private:
    Table base_, slope_;
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
        places[i] = (exponents[i] >> INTERPOLATION) & (Table::COUNT - 1);
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
