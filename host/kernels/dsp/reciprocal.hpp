// Reciprocal by table and linear interpolation; see hydrophone_model.dsp.reciprocal.
#pragma once

#include "dsp/curve.hpp"

namespace HYDROPHONE_KERNELS {

// 2**31 / value of a value of 16 bits whose top bit is set: above 2**15, up to 2**16.
HYDROPHONE_INLINE i64 reciprocal(i64 value) {
    using namespace model::reciprocal;
    constexpr i64 knots = i64{1} << INDEX;
    const i64 place = (value >> INTERPOLATION) & (knots - 1);
    const i64 rest = value & ((i64{1} << INTERPOLATION) - 1);
    return BASE[place] - ((rest * SLOPE[place]) >> INTERPOLATION);
}

#if !defined(HYDROPHONE_SCALAR)

// Bases are above one: words hold them less that.
inline constexpr i64 RECIPROCAL_ONE = i64{1} << model::reciprocal::RECIPROCAL.fraction;
inline constexpr Curve RECIPROCAL_CURVE{model::reciprocal::BASE, model::reciprocal::SLOPE,
                                        RECIPROCAL_ONE};

// `reciprocal` of the 16 bits that begin with the leading one of positive ints, from `float_bits`.
template <std::size_t blocks, class Ints = typename Lanes<blocks>::Ints>
HYDROPHONE_INLINE Ints reciprocal(Ints float_bits) {
    using namespace model::reciprocal;
    static_assert(INDEX + INTERPOLATION == 15, "as many bits as `float_bits` has right");
    constexpr int down = 23 - INDEX - INTERPOLATION;
    const Ints rest = (float_bits >> down) & ((1 << INTERPOLATION) - 1);
    const Ints place = (float_bits >> (23 - INDEX)) & 63;
    const auto curve = RECIPROCAL_CURVE.at<blocks>(place, rest, INTERPOLATION);
    return curve.base - curve.rise + static_cast<i32>(RECIPROCAL_ONE);
}

#endif

}  // namespace HYDROPHONE_KERNELS
