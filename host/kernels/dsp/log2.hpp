// Binary logarithm by table and linear interpolation; see hydrophone_model.dsp.log2.
#pragma once

#include "core/state.hpp"

namespace HYDROPHONE_KERNELS {

// Base in the low half, slope in the high half: one load a lookup.
template <std::size_t entries>
struct Curve {
    u32 packed[entries];

    constexpr Curve(const i64 (&base)[entries], const i64 (&slope)[entries]) : packed{} {
        for (std::size_t i = 0; i < entries; ++i) {
            packed[i] = static_cast<u32>(base[i] | slope[i] << 16);
        }
    }

    // The curve at an entry, `rest` of 2**bits of the way to the next.
    HYDROPHONE_INLINE u32 at(u64 entry, u32 rest, int bits) const {
        const u32 both = packed[entry];
        return (both & 0xFFFF) + (rest * (both >> 16) >> bits);
    }
};

alignas(64) inline constexpr Curve<sizeof(model::log2::BASE) / sizeof(i64)> LOG2_CURVE{
    model::log2::BASE, model::log2::SLOPE};

// log2 of an unsigned integer with model::log2::FRACTION fraction bits; that of zero is zero.
HYDROPHONE_INLINE i64 log2(u64 value) {
    using namespace model::log2;
    // The leading one moves to bit 63; behind it stand index and interpolation bits.
    const int zeros = __builtin_clzll(value | 1);
    const u64 mantissa = value << zeros << 1 >> (64 - MANTISSA);
    const u32 rest = static_cast<u32>(mantissa) & ((1u << INTERPOLATION) - 1);
    const u32 curve = LOG2_CURVE.at(mantissa >> INTERPOLATION, rest, INTERPOLATION);
    const u32 rounded = (curve + (1u << (GUARD - 1))) >> GUARD;
    return (static_cast<i64>(63 - zeros) << FRACTION) + rounded;
}

#if defined(__AVX512BW__)

// A curve as words that a permutation of registers looks up, for eight lanes at once.
template <std::size_t entries>
struct CurveWords {
    static_assert(entries == 64, "two registers of 32 words");
    u16 base[entries];
    u16 slope[entries];

    constexpr CurveWords(const i64 (&base_)[entries], const i64 (&slope_)[entries])
        : base{}, slope{} {
        for (std::size_t i = 0; i < entries; ++i) {
            base[i] = static_cast<u16>(base_[i]);
            slope[i] = static_cast<u16>(slope_[i]);
        }
    }

    // `entry` modulo 64 and `rest` of every 64-bit lane, as for `Curve::at`.
    HYDROPHONE_INLINE __m512i at(__m512i entry, __m512i rest, unsigned bits) const {
        const __m512i from = look_up(base, entry);
        // Words beside `rest` are zero: what they multiply does not matter.
        const __m512i rise = _mm512_madd_epi16(look_up(slope, entry), rest);
        return _mm512_add_epi64(from, _mm512_srli_epi64(rise, bits));
    }

  private:
    HYDROPHONE_INLINE static __m512i look_up(const u16* words, __m512i entry) {
        return _mm512_maskz_permutex2var_epi16(0x11111111, _mm512_load_si512(words), entry,
                                               _mm512_load_si512(words + 32));
    }
};

alignas(64) inline constexpr CurveWords<sizeof(model::log2::BASE) / sizeof(i64)> LOG2_WORDS{
    model::log2::BASE, model::log2::SLOPE};

// `log2` of eight lanes.
HYDROPHONE_INLINE __m512i log2(__m512i values) {
    using namespace model::log2;
    const __m512i zeros = _mm512_lzcnt_epi64(_mm512_or_si512(values, _mm512_set1_epi64(1)));
    const __m512i leading = _mm512_sllv_epi64(values, zeros);
    // The leading one lies just above the index: the look-up ignores it.
    const __m512i entry = _mm512_srli_epi64(leading, 63 - INDEX);
    const __m512i rest = _mm512_and_si512(_mm512_srli_epi64(leading, 63 - MANTISSA),
                                          _mm512_set1_epi64((1 << INTERPOLATION) - 1));
    const __m512i curve = LOG2_WORDS.at(entry, rest, INTERPOLATION);
    // 63 - zeros, and the rounding of the curve, in one sum.
    constexpr i64 top = (i64{63} << (FRACTION + GUARD)) + (1 << (GUARD - 1));
    const __m512i whole =
        _mm512_sub_epi64(_mm512_set1_epi64(top), _mm512_slli_epi64(zeros, FRACTION + GUARD));
    return _mm512_srli_epi64(_mm512_add_epi64(whole, curve), GUARD);
}

#endif

// `log2` of a column of non-negative numbers.
[[gnu::noinline]] inline void log2(const Column& values, Column& result, std::size_t count) {
    std::size_t i = 0;
#if defined(__AVX512BW__)
    for (; count >= FEW && i < count; i += LANES) {
        _mm512_store_si512(&result[i], log2(_mm512_load_si512(&values[i])));
    }
#endif
    for (; i < count; ++i) {
        result[i] = log2(static_cast<u64>(values[i]));
    }
}

}  // namespace HYDROPHONE_KERNELS
