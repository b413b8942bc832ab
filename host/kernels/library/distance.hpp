// Euclidean distance of two windows.
#pragma once

#include "library/rounds.hpp"

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

// In float64, where squares may be as large or as small as they like.
[[gnu::noinline]] inline float wide_distance(const float* x, const float* y, std::size_t n) {
    Lanes<double, 32> squares;
    each_round<double, 32, 1>(x, y, n, 0.0f, 0.0f,
                              [&](std::size_t part, Vector<double> vx, Vector<double> vy)
                                  __attribute__((always_inline)) {
                                      const Vector<double> difference = vx - vy;
                                      squares.part[part] += difference * difference;
                                  });
    return canonical(static_cast<float>(__builtin_sqrt(squares.total())));
}

// Of more than a block.
[[gnu::noinline]] inline float long_distance(const float* x, const float* y, std::size_t n) {
    double total = 0;
    for (std::size_t start = 0; start < n; start += DISTANCE_BLOCK) {
        total += static_cast<double>(
            square_distance(x + start, y + start, least(DISTANCE_BLOCK, n - start)));
    }
    return total >= 0x1p-80 && total < __builtin_inf() ? static_cast<float>(__builtin_sqrt(total))
                                                       : wide_distance(x, y, n);
}

// Squares that have overflowed, or vanished where all are small, are summed again.
inline float distance(const float* x, const float* y, std::size_t n) {
    if (n > DISTANCE_BLOCK) {
        return long_distance(x, y, n);
    }
    const float squares = square_distance(x, y, n);
    // From 2**-80 up to what is finite, by one comparison of bits.
    constexpr u32 smallest = 0x17800000, infinite = 0x7F800000;
    if (bit_cast<u32>(squares) - smallest < infinite - smallest) [[likely]] {
        return __builtin_sqrtf(squares);
    }
    return wide_distance(x, y, n);
}

}  // namespace HYDROPHONE_KERNELS::library
