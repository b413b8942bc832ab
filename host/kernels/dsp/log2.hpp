// Binary logarithm by table and linear interpolation; see hydrophone_model.dsp.log2.
#pragma once

#include "core/state.hpp"

namespace HYDROPHONE_KERNELS {

// What a value's leading bits look up: the logarithm is (base - (zeros << ZEROS_UP) + rest * slope)
// >> DOWN. Rounding and the weight of the leading one are in the base already, and one shift does
// for the two of the definition, as nothing is added between them.
struct Log2Table {
    static constexpr int DOWN = static_cast<int>(model::log2::INTERPOLATION + model::log2::GUARD);
    static constexpr int ZEROS_UP = static_cast<int>(model::log2::FRACTION) + DOWN;
    static constexpr std::size_t KNOTS = std::size_t{1} << model::log2::INDEX;
    struct Entry {
        u32 base;
        u32 slope;
    };
    // The leading one comes with the index, but zero has none: its entry is the first.
    Entry entries[2 * KNOTS];

    constexpr Log2Table() : entries{} {
        using namespace model::log2;
        for (std::size_t i = 0; i < 2 * KNOTS; ++i) {
            const i64 top = i64{63} << (FRACTION + GUARD);
            const i64 base = top + (1 << (GUARD - 1)) + BASE[i % KNOTS];
            entries[i] = {static_cast<u32>(base << INTERPOLATION),
                          static_cast<u32>(SLOPE[i % KNOTS])};
        }
    }
};
static_assert(Log2Table::ZEROS_UP + 6 <= 31);

alignas(64) inline constexpr Log2Table LOG2_TABLE;

// log2 of an unsigned integer with model::log2::FRACTION fraction bits; that of zero is zero.
HYDROPHONE_INLINE i64 log2(u64 value) {
    using namespace model::log2;
    const u32 zeros = static_cast<u32>(__builtin_clzll(value | 1));
    const u32 leading = static_cast<u32>(value << zeros >> (63 - MANTISSA));
    const u32 rest = leading & ((1u << INTERPOLATION) - 1);
    const Log2Table::Entry& entry = LOG2_TABLE.entries[leading >> INTERPOLATION];
    const u32 sum = entry.base + rest * entry.slope - (zeros << Log2Table::ZEROS_UP);
    return sum >> Log2Table::DOWN;
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

    // The curve at `entry` modulo 64 of every 64-bit lane, `rest` of 2**bits on to the next.
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
