// Power of two by table and linear interpolation; see hydrophone_model.dsp.exp2.
#pragma once

#include "dsp/log2.hpp"

namespace HYDROPHONE_KERNELS {

alignas(64) inline constexpr Curve<sizeof(model::exp2::BASE) / sizeof(i64)> EXP2_CURVE{
    model::exp2::BASE, model::exp2::SLOPE};

// 2 ** exponent, cut down to the resolution of an unsigned format and saturated to its range.
HYDROPHONE_INLINE i64 exp2(i64 exponent, int integer, int fraction) {
    using namespace model::exp2;
    const i64 whole = exponent >> FRACTION;
    const u32 part = static_cast<u32>(exponent) & ((1u << FRACTION) - 1);
    const u32 rest = part & ((1u << INTERPOLATION) - 1);
    const u64 mantissa = EXP2_CURVE.at(part >> INTERPOLATION, rest, INTERPOLATION);
    // Shifted up by the precision first, so that one shift down serves both directions.
    const i64 down = clamp<i64>(2 * PRECISION - fraction - whole, 0, 2 * PRECISION + 1);
    const i64 value = static_cast<i64>(mantissa << PRECISION >> down);
    return whole >= integer ? (i64{1} << (integer + fraction)) - 1 : value;
}

HYDROPHONE_INLINE i64 exp2(i64 exponent, const Fixed& output) {
    return exp2(exponent, output.integer, output.fraction);
}

}  // namespace HYDROPHONE_KERNELS
