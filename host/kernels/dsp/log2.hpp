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

#if defined(__AVX2__) && !defined(__AVX512BW__)

// The table's entries that four 64-bit lanes point at.
template <class Entry>
HYDROPHONE_INLINE u64x4 look_up(const Entry* entries, u64x4 at) {
    static_assert(sizeof(Entry) == sizeof(u64));
    u64 found[4];
    for (int lane = 0; lane < 4; ++lane) {
        __builtin_memcpy(&found[lane], &entries[at[lane]], sizeof(u64));
    }
    return u64x4{found[0], found[1], found[2], found[3]};
}

// base + rest * slope of entries whose base is their lower half.
HYDROPHONE_INLINE u64x4 interpolate(u64x4 entries, u64x4 rest) {
    const __m256i rise =
        _mm256_mul_epu32(reinterpret_cast<__m256i>(entries >> 32), reinterpret_cast<__m256i>(rest));
    return (entries & 0xFFFFFFFF) + reinterpret_cast<u64x4>(rise);
}

// `log2` of four lanes below 2**52: their conversion to floating point finds the leading one.
HYDROPHONE_INLINE u64x4 log2(u64x4 values) {
    using namespace model::log2;
    typedef double f64x4 __attribute__((vector_size(32)));
    constexpr u64 exponent_of_52 = 0x4330000000000000;
    const u64x4 positive = values - reinterpret_cast<u64x4>(values == 0);
    const f64x4 shifted = reinterpret_cast<f64x4>(positive | exponent_of_52);
    const u64x4 bits = reinterpret_cast<u64x4>(shifted - 0x1p52);
    const u64x4 rest = (bits >> (52 - MANTISSA)) & ((u64{1} << INTERPOLATION) - 1);
    const u64x4 place = (bits >> (52 - INDEX)) & (Log2Table::KNOTS - 1);
    const u64x4 sum = interpolate(look_up(LOG2_TABLE.entries + Log2Table::KNOTS, place), rest);
    // Zeros before the leading one: 63 less the exponent without its bias.
    constexpr u64 bias = u64{63 + 1023} << Log2Table::ZEROS_UP;
    const u64x4 exponent = (bits >> 52) << Log2Table::ZEROS_UP;
    return (sum + exponent - bias) >> Log2Table::DOWN;
}

#endif

// `log2` of a column of non-negative numbers below 2**52.
[[gnu::noinline]] inline void log2_many(const Column& values, Column& result, std::size_t count) {
    std::size_t i = 0;
#if defined(__AVX512BW__)
    for (; count >= FEW && i < count; i += LANES) {
        _mm512_store_si512(&result[i], log2(_mm512_load_si512(&values[i])));
    }
#elif defined(__AVX2__)
    for (; count >= FEW && i < count; i += 4) {
        store(&result[i], log2(load<u64x4>(&values[i])));
    }
#endif
    for (; i < count; ++i) {
        result[i] = log2(static_cast<u64>(values[i]));
    }
}

HYDROPHONE_INLINE void log2(const Column& values, Column& result, std::size_t count) {
    if (__builtin_constant_p(count) && count == 1) {
        result[0] = log2(static_cast<u64>(values[0]));
    } else {
        log2_many(values, result, count);
    }
}

}  // namespace HYDROPHONE_KERNELS
