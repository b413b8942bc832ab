// Binary logarithm by table and linear interpolation; see hydrophone_model.dsp.log2.
#pragma once

#include "core/isa.hpp"

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

// log2 of a number where a negative one counts as zero.
HYDROPHONE_INLINE i64 log2_positive(i64 value) {
    return log2(static_cast<u64>(most<i64>(value, 0)));
}

}  // namespace HYDROPHONE_KERNELS
