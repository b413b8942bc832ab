// Mean of a window.
#pragma once

#include "library/floats.hpp"

namespace HYDROPHONE_KERNELS::library {

// Summed in float64, rounded once: within a step of float32. Of nothing it is not a number.
inline float average(const float* x, std::size_t n) {
    Lanes<double, 32> sum;
    each_round<double, 32, 1>(x, n, 0.0f,
                              [&](std::size_t part, Vector<double> values)
                                  __attribute__((always_inline)) { sum.part[part] += values; });
    return canonical(static_cast<float>(sum.total() / static_cast<double>(n)));
}

}  // namespace HYDROPHONE_KERNELS::library
