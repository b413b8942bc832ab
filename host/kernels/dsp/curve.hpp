// Curves by table and linear interpolation, for the ints of vectors of any width; see
// hydrophone_model.dsp.log2, exp2 and reciprocal for the curves.
#pragma once

#include "core/lanes.hpp"

#if !defined(HYDROPHONE_SCALAR)

namespace HYDROPHONE_KERNELS {

// A curve's 64 bases and slopes, which both fit a word.
class Curve {
  public:
    static constexpr std::size_t KNOTS = 64;

    constexpr Curve(const i64 (&base)[KNOTS], const i64 (&slope)[KNOTS], i64 less = 0) {
        for (std::size_t i = 0; i < KNOTS; ++i) {
#if defined(__AVX512BW__)
            base_[i] = static_cast<u16>(base[i] - less);
            slope_[i] = static_cast<u16>(slope[i]);
#else
            both_[i] = static_cast<i32>(slope[i] << 16 | (base[i] - less));
#endif
        }
    }

    // A base, and how far the curve has come from it.
    template <class Ints>
    struct At {
        Ints base;
        Ints rise;
    };

    // The entry at `place`, from 0 to 63, and `rest` of 2**bits on to the next.
    template <std::size_t blocks, class Ints = typename Lanes<blocks>::Ints>
    HYDROPHONE_INLINE At<Ints> at(Ints place, Ints rest, int bits) const {
        using Vector = Lanes<blocks>;
#if defined(__AVX512BW__)
        const Ints base = look_up(base_, place), slope = look_up(slope_, place);
#else
        Ints found;
        for (std::size_t i = 0; i < 4 * blocks; ++i) {
            found[i] = both_[static_cast<u32>(place[i])];
        }
        const Ints base = found & 0xFFFF, slope = found >> 16;
#endif
        // The words beside both factors are zero.
        return {base, Vector::multiply_pairs(slope, rest) >> bits};
    }

  private:
#if defined(__AVX512BW__)
    template <class Ints>
    HYDROPHONE_INLINE static Ints look_up(const u16* words, Ints place) {
        __m512i places;
        if constexpr (sizeof(Ints) == 16) {
            places = _mm512_castsi128_si512(reinterpret_cast<__m128i>(place));
        } else if constexpr (sizeof(Ints) == 32) {
            places = _mm512_castsi256_si512(reinterpret_cast<__m256i>(place));
        } else {
            places = reinterpret_cast<__m512i>(place);
        }
        const __m512i found = _mm512_maskz_permutex2var_epi16(
            0x55555555, _mm512_load_si512(words), places, _mm512_load_si512(words + 32));
        if constexpr (sizeof(Ints) == 16) {
            return reinterpret_cast<Ints>(_mm512_castsi512_si128(found));
        } else if constexpr (sizeof(Ints) == 32) {
            return reinterpret_cast<Ints>(_mm512_castsi512_si256(found));
        } else {
            return reinterpret_cast<Ints>(found);
        }
    }

    alignas(64) u16 base_[KNOTS]{};
    alignas(64) u16 slope_[KNOTS]{};
#else
    alignas(64) i32 both_[KNOTS]{};
#endif
};

inline constexpr Curve LOG2_CURVE{model::log2::BASE, model::log2::SLOPE};
inline constexpr Curve EXP2_CURVE{model::exp2::BASE, model::exp2::SLOPE};

// `log2` of positive ints.
template <std::size_t blocks, class Ints = typename Lanes<blocks>::Ints>
HYDROPHONE_INLINE Ints log2(Ints values) {
    using namespace model::log2;
    const Ints bits = Lanes<blocks>::float_bits(values);
    const Ints rest = (bits >> (23 - MANTISSA)) & ((1 << INTERPOLATION) - 1);
    const auto curve = LOG2_CURVE.at<blocks>((bits >> (23 - INDEX)) & 63, rest, INTERPOLATION);
    // The exponent, moved to where the curve's integer bits are.
    constexpr int one = 1 << (FRACTION + GUARD);
    static_assert(FRACTION + GUARD <= 23);
    const Ints whole = (bits >> (23 - FRACTION - GUARD)) & -one;
    return (whole + curve.base + curve.rise + ((1 << (GUARD - 1)) - 127 * one)) >> GUARD;
}

// `exp2` of ints, as a number of an unsigned format.
template <std::size_t blocks, Fixed output, class Ints = typename Lanes<blocks>::Ints>
HYDROPHONE_INLINE Ints exp2(Ints exponents) {
    using namespace model::exp2;
    using Vector = Lanes<blocks>;
    static_assert(!output.is_signed);
    const Ints whole = exponents >> model::log2::FRACTION;
    const Ints rest = exponents & ((1 << INTERPOLATION) - 1);
    const auto curve =
        EXP2_CURVE.at<blocks>((exponents >> INTERPOLATION) & 63, rest, INTERPOLATION);
    // From one to two, the mantissa is a floating-point number's already, and adds its leading one
    // to the exponent.
    const Ints mantissa = (curve.base + curve.rise) << (23 - PRECISION);
    const Ints bits = mantissa + ((whole + (126 + output.fraction)) << 23);
    const Ints value = Vector::to_int(reinterpret_cast<typename Vector::Floats>(bits));
    return whole >= output.integer ? Ints{} + static_cast<i32>(output.max) : value;
}

}  // namespace HYDROPHONE_KERNELS

#endif
