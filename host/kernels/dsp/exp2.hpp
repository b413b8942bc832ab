// Power of two by table and linear interpolation; see hydrophone_model.dsp.exp2.
#pragma once

#include "dsp/log2.hpp"

namespace HYDROPHONE_KERNELS {

struct Exp2Entry {
    u32 base;
    u32 slope;
};

struct Exp2Table {
    static constexpr std::size_t KNOTS = std::size_t{1} << model::exp2::INDEX;
    Exp2Entry entries[KNOTS];

    constexpr Exp2Table() : entries{} {
        using namespace model::exp2;
        for (std::size_t i = 0; i < KNOTS; ++i) {
            entries[i] = {static_cast<u32>(BASE[i] << INTERPOLATION), static_cast<u32>(SLOPE[i])};
        }
    }

    // The mantissa of 2 ** exponent with PRECISION + INTERPOLATION fraction bits.
    HYDROPHONE_INLINE u64 mantissa(i64 exponent) const {
        using namespace model::exp2;
        const u64 place = static_cast<u64>(exponent >> INTERPOLATION) & (KNOTS - 1);
        const u32 rest = static_cast<u32>(exponent) & ((1u << INTERPOLATION) - 1);
        return entries[place].base + rest * entries[place].slope;
    }
};

alignas(64) inline constexpr Exp2Table EXP2_TABLE;

// 2 ** exponent, cut down to the resolution of an unsigned format and saturated to its range.
HYDROPHONE_INLINE i64 exp2(i64 exponent, int integer, int fraction) {
    using namespace model::exp2;
    const i64 whole = exponent >> FRACTION;
    const u64 mantissa = EXP2_TABLE.mantissa(exponent) >> INTERPOLATION;
    // Shifted up by the precision first, so that one shift down serves both directions.
    const i64 down = clamp<i64>(2 * PRECISION - fraction - whole, 0, 2 * PRECISION + 1);
    const i64 value = static_cast<i64>(mantissa << PRECISION >> down);
    return whole >= integer ? (i64{1} << (integer + fraction)) - 1 : value;
}

// The same for a format known beforehand that only cuts bits off, which one shift then does.
template <Fixed output>
HYDROPHONE_INLINE i64 exp2(i64 exponent) {
    using namespace model::exp2;
    static_assert(!output.is_signed && output.width <= PRECISION + 1);
    const i64 whole = exponent >> FRACTION;
    const i64 down = least<i64>(PRECISION + INTERPOLATION - output.fraction - whole, 63);
    const i64 value = static_cast<i64>(EXP2_TABLE.mantissa(exponent) >> (down & 63));
    return whole >= output.integer ? output.max : value;
}

#if defined(__AVX512BW__)

alignas(64) inline constexpr CurveWords<sizeof(model::exp2::BASE) / sizeof(i64)> EXP2_WORDS{
    model::exp2::BASE, model::exp2::SLOPE};

// `exp2` of eight lanes.
template <Fixed output>
HYDROPHONE_INLINE __m512i exp2(__m512i exponents) {
    using namespace model::exp2;
    const __m512i whole = _mm512_srai_epi64(exponents, FRACTION);
    const __m512i entry =
        _mm512_and_si512(_mm512_srli_epi64(exponents, INTERPOLATION), _mm512_set1_epi64(63));
    const __m512i rest = _mm512_and_si512(exponents, _mm512_set1_epi64((1 << INTERPOLATION) - 1));
    const __m512i mantissa =
        _mm512_slli_epi64(EXP2_WORDS.at(entry, rest, INTERPOLATION), PRECISION);
    // A shift by 64 or more gives zero; a negative one belongs to a lane that saturates.
    const __m512i down =
        _mm512_sub_epi64(_mm512_set1_epi64(2 * PRECISION - output.fraction), whole);
    const __mmask8 beyond = _mm512_cmpge_epi64_mask(whole, _mm512_set1_epi64(output.integer));
    return _mm512_mask_mov_epi64(_mm512_srlv_epi64(mantissa, down), beyond,
                                 _mm512_set1_epi64(output.max));
}

#endif

#if defined(__AVX2__) && !defined(__AVX512BW__)

// `exp2` of four lanes whose whole part lies within 20 bits.
template <Fixed output>
HYDROPHONE_INLINE u64x4 exp2(i64x4 exponents) {
    using namespace model::exp2;
    // There is no arithmetic shift of 64-bit lanes: the sign is lifted out of the way.
    constexpr i64 bias = i64{1} << 20;
    const u64x4 lifted = reinterpret_cast<u64x4>(exponents + (bias << FRACTION));
    const i64x4 whole = reinterpret_cast<i64x4>(lifted >> FRACTION) - bias;
    const u64x4 place = (lifted >> INTERPOLATION) & (Exp2Table::KNOTS - 1);
    const u64x4 rest = lifted & ((u64{1} << INTERPOLATION) - 1);
    const u64x4 mantissa = interpolate(look_up(EXP2_TABLE.entries, place), rest);
    // A shift by 64 or more gives zero; a negative one belongs to a lane that saturates.
    const i64x4 down = (PRECISION + INTERPOLATION - output.fraction) - whole;
    const u64x4 value = reinterpret_cast<u64x4>(
        _mm256_srlv_epi64(reinterpret_cast<__m256i>(mantissa), reinterpret_cast<__m256i>(down)));
    return whole > output.integer - 1 ? u64x4{} + static_cast<u64>(output.max) : value;
}

#endif

// `exp2` of a column.
template <Fixed output>
[[gnu::noinline]] void exp2_many(const Column& exponents, Column& result, std::size_t count) {
    std::size_t i = 0;
#if defined(__AVX512BW__)
    for (; count >= FEW && i < count; i += LANES) {
        _mm512_store_si512(&result[i], exp2<output>(_mm512_load_si512(&exponents[i])));
    }
#elif defined(__AVX2__)
    for (; count >= FEW && i < count; i += 4) {
        store(&result[i], exp2<output>(load<i64x4>(&exponents[i])));
    }
#endif
    for (; i < count; ++i) {
        result[i] = exp2<output>(exponents[i]);
    }
}

template <Fixed output>
HYDROPHONE_INLINE void exp2(const Column& exponents, Column& result, std::size_t count) {
    if (__builtin_constant_p(count) && count == 1) {
        result[0] = exp2<output>(exponents[0]);
    } else {
        exp2_many<output>(exponents, result, count);
    }
}

// Quotient in the log domain, 2 ** (log2 above - (log2 below >> shift)); a numerator that is not
// positive gives zero.
template <Fixed output>
HYDROPHONE_INLINE i64 divide(i64 above, i64 below, unsigned shift) {
    const i64 exponent =
        log2(static_cast<u64>(most<i64>(above, 0))) - (log2(static_cast<u64>(below)) >> shift);
    return keep(above > 0, exp2<output>(exponent));
}

// `divide` of numbers side by side: of a column, or of rows. They are computed up to a multiple of
// the lanes, and stand where a vector may.
template <Fixed output>
[[gnu::noinline]] void divide(const i64* above, const i64* below, unsigned shift, i64* result,
                              std::size_t count) {
    std::size_t i = 0;
#if defined(__AVX512BW__)
    for (; count >= FEW && i < count; i += LANES) {
        const __m512i dividend = _mm512_load_si512(&above[i]);
        const __m512i divisor = _mm512_srli_epi64(log2(_mm512_load_si512(&below[i])), shift);
        const __m512i power = exp2<output>(_mm512_sub_epi64(log2(dividend), divisor));
        const __mmask8 positive = _mm512_cmpgt_epi64_mask(dividend, _mm512_setzero_si512());
        _mm512_store_si512(&result[i], _mm512_maskz_mov_epi64(positive, power));
    }
#elif defined(__AVX2__)
    for (; count >= FEW && i < count; i += 4) {
        const i64x4 dividend = load<i64x4>(&above[i]);
        const i64x4 positive = dividend > 0;
        const u64x4 numerator = reinterpret_cast<u64x4>(dividend & positive);
        const u64x4 divisor = log2(load<u64x4>(&below[i])) >> shift;
        const i64x4 exponent = reinterpret_cast<i64x4>(log2(numerator) - divisor);
        store(&result[i], exp2<output>(exponent) & reinterpret_cast<u64x4>(positive));
    }
#endif
    for (; i < count; ++i) {
        result[i] = divide<output>(above[i], below[i], shift);
    }
}

}  // namespace HYDROPHONE_KERNELS
