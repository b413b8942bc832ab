// Population variance of a window.
#pragma once

#include "library/floats.hpp"

namespace HYDROPHONE_KERNELS::library {

// One pass: deviations from the first sample, in float64. As that sample belongs to the window, the
// square of its own deviation is at most n times the variance: what cancels is never more than
// that, however far from zero the samples lie.
inline float variance(const float* x, std::size_t n) {
    const float first = n ? x[0] : 0.0f;
    const Vector<double> origin = Vector<double>{} + static_cast<double>(first);
    Lanes<double, 16> sum, squares;
    each_round<double, 16>(x, n, first, [&](std::size_t part, Vector<double> values) {
        const Vector<double> deviation = values - origin;
        sum.part[part] += deviation;
        squares.part[part] += deviation * deviation;
    });
    const double total = sum.total(), count = static_cast<double>(n);
    const double spread = squares.total() - total * total / count;
    return static_cast<float>((spread < 0 ? 0.0 : spread) / count);
}

}  // namespace HYDROPHONE_KERNELS::library
