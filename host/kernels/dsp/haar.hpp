// Unscaled Haar transform of a short window; see hydrophone_model.dsp.haar.
#pragma once

#include "core/isa.hpp"

namespace HYDROPHONE_KERNELS {

// Coefficients of `length` samples, oldest first, from the coarsest down. `sums` is scratch of the
// same length.
template <class Sample>
void haar(const Sample* window, Sample* coefficients, Sample* sums, std::size_t length) {
    for (std::size_t i = 0; i < length; ++i) {
        sums[i] = window[i];
    }
    for (std::size_t half = length / 2; half; half /= 2) {
        for (std::size_t i = 0; i < half; ++i) {
            const Sample older = sums[2 * i];
            const Sample newer = sums[2 * i + 1];
            coefficients[half + i] = static_cast<Sample>(older - newer);
            sums[i] = static_cast<Sample>(older + newer);
        }
    }
    coefficients[0] = sums[0];
}

inline constexpr std::size_t SHORT_WINDOW = 16;

#if !defined(HYDROPHONE_SCALAR)

// The coefficients of 16 samples, in the order of `haar`.
struct ShortShape {
    i16x8 coarse;
    i16x8 fine;
};

// Sixteen 8-bit samples at once: four rounds of even lanes plus and minus odd lanes.
HYDROPHONE_INLINE ShortShape short_haar(i8x16 window) {
    const i16x8 older = (reinterpret_cast<i16x8>(window) << 8) >> 8;
    const i16x8 newer = reinterpret_cast<i16x8>(window) >> 8;
    const i16x8 s1 = older + newer, d1 = older - newer;
    const i16x8 e2 = __builtin_shufflevector(s1, s1, 0, 2, 4, 6, 0, 2, 4, 6);
    const i16x8 o2 = __builtin_shufflevector(s1, s1, 1, 3, 5, 7, 1, 3, 5, 7);
    const i16x8 s2 = e2 + o2, d2 = e2 - o2;
    const i16x8 e3 = __builtin_shufflevector(s2, s2, 0, 2, 0, 2, 0, 2, 0, 2);
    const i16x8 o3 = __builtin_shufflevector(s2, s2, 1, 3, 1, 3, 1, 3, 1, 3);
    const i16x8 s3 = e3 + o3, d3 = e3 - o3;
    const i16x8 swapped = __builtin_shufflevector(s3, s3, 1, 0, 1, 0, 1, 0, 1, 0);
    const i16x8 s4 = s3 + swapped, d4 = s3 - swapped;
    const i16x8 top = __builtin_shufflevector(s4, d4, 0, 8, 0, 8, 0, 8, 0, 8);
    const i16x8 upper = __builtin_shufflevector(top, d3, 0, 1, 8, 9, 0, 1, 8, 9);
    return {__builtin_shufflevector(upper, d2, 0, 1, 2, 3, 8, 9, 10, 11), d1};
}

#endif

}  // namespace HYDROPHONE_KERNELS
