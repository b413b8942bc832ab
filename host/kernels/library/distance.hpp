// Euclidean distance of two windows.
#pragma once

#include "library/floats.hpp"

namespace HYDROPHONE_KERNELS::library {

// Squares are summed in float32, at most sixteen to a lane, and from there on in float64.
inline constexpr std::size_t DISTANCE_LANES = 64, DISTANCE_BLOCK = 16 * DISTANCE_LANES;

HYDROPHONE_INLINE float square_distance(const float* x, const float* y, std::size_t n) {
    Lanes<float, DISTANCE_LANES> squares;
    each_round<float, DISTANCE_LANES, 1>(x, y, n, 0.0f, 0.0f,
                                         [&](std::size_t part, Vector<float> vx, Vector<float> vy)
                                             __attribute__((always_inline)) {
                                                 const Vector<float> difference = vx - vy;
                                                 squares.part[part] += difference * difference;
                                             });
    return squares.total();
}

// Of more than a block.
[[gnu::noinline]] inline float long_distance(const float* x, const float* y, std::size_t n) {
    double total = 0;
    for (std::size_t start = 0; start < n; start += DISTANCE_BLOCK) {
        total += static_cast<double>(
            square_distance(x + start, y + start, least(DISTANCE_BLOCK, n - start)));
    }
    return static_cast<float>(__builtin_sqrt(total));
}

inline float distance(const float* x, const float* y, std::size_t n) {
    return n <= DISTANCE_BLOCK ? __builtin_sqrtf(square_distance(x, y, n)) : long_distance(x, y, n);
}

}  // namespace HYDROPHONE_KERNELS::library
