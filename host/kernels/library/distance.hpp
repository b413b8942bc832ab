// Euclidean distance of two windows.
#pragma once

#include "library/floats.hpp"

namespace HYDROPHONE_KERNELS::library {

// Squares are summed in float32, at most sixteen to a lane, and from there on in float64.
inline float distance(const float* x, const float* y, std::size_t n) {
    constexpr std::size_t lanes = 64, block = 16 * lanes;
    double total = 0;
    for (std::size_t start = 0; start < n; start += block) {
        Lanes<float, lanes> squares;
        each_round<float, lanes>(x + start, y + start, least(block, n - start), 0.0f, 0.0f,
                                 [&](std::size_t part, Vector<float> vx, Vector<float> vy) {
                                     const Vector<float> difference = vx - vy;
                                     squares.part[part] += difference * difference;
                                 });
        total += static_cast<double>(squares.total());
    }
    return static_cast<float>(__builtin_sqrt(total));
}

}  // namespace HYDROPHONE_KERNELS::library
