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

inline constexpr Curve RECIPROCAL_CURVE{model::reciprocal::BASE, model::reciprocal::SLOPE};

// `reciprocal` modulo 2**16, which is 0 of a power of two only, of the 16 bits that begin with the
// leading one of positive ints, from `float_bits`: those of the first vector, then those of the
// second, in every block; the other two likewise.
template <std::size_t blocks, class Ints = typename Lanes<blocks>::Ints,
          class Words = typename Lanes<blocks>::Words>
HYDROPHONE_INLINE void reciprocal(const Ints (&float_bits)[4], Words (&results)[2]) {
    using namespace model::reciprocal;
    static_assert(INDEX + INTERPOLATION == 15, "as many bits as `float_bits` has right");
    Words places[2], rest[2], base[2], rise[2];
    for (std::size_t i = 0; i < 2; ++i) {
        const auto behind = [](Ints bits) { return (bits >> 8) & 0x7FFF; };
        const Words mantissas =
            Lanes<blocks>::narrow(behind(float_bits[2 * i]), behind(float_bits[2 * i + 1]));
        places[i] = mantissas >> INTERPOLATION;
        rest[i] = mantissas << (16 - INTERPOLATION);
    }
    RECIPROCAL_CURVE.at<blocks>(places, rest, base, rise);
    results[0] = base[0] - rise[0];
    results[1] = base[1] - rise[1];
}

#endif

}  // namespace HYDROPHONE_KERNELS
