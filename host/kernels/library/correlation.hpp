// Pearson correlation of two windows.
#pragma once

#include "library/floats.hpp"

namespace HYDROPHONE_KERNELS::library {

// Where a column does not vary the correlation is 0. Numbers that come from float32 can neither
// overflow nor vanish in the product of two sums of squares.
template <class V>
HYDROPHONE_INLINE V correlation_of(V xx, V yy, V xy) {
    const V zero = V{}, one = zero + 1;
    const V product = xx * yy;
    const V r = xy / root_of(product);
    const V low = r < -one ? -one : r;
    const V limited = low > one ? one : low;
    return product <= zero ? zero : limited;
}

// One pass in float64, with deviations from the first pair; see `variance`.
inline float correlation(const float* x, const float* y, std::size_t n) {
    if (n == 0) {
        return 0.0f;
    }
    const Vector<double> origin_x = Vector<double>{} + static_cast<double>(x[0]);
    const Vector<double> origin_y = Vector<double>{} + static_cast<double>(y[0]);
    Lanes<double, 8> sx, sy, sxx, syy, sxy;
    each_round<double, 8>(x, y, n, x[0], y[0],
                          [&](std::size_t part, Vector<double> vx, Vector<double> vy) {
                              const Vector<double> dx = vx - origin_x, dy = vy - origin_y;
                              sx.part[part] += dx;
                              sy.part[part] += dy;
                              sxx.part[part] += dx * dx;
                              syy.part[part] += dy * dy;
                              sxy.part[part] += dx * dy;
                          });
    const double x1 = sx.total(), y1 = sy.total(), share = 1.0 / static_cast<double>(n);
    const double xx = sxx.total() - x1 * x1 * share, yy = syy.total() - y1 * y1 * share;
    // What is left of a column of equal samples is exactly 0.
    return static_cast<float>(
        correlation_of(xx < 0 ? 0.0 : xx, yy < 0 ? 0.0 : yy, sxy.total() - x1 * y1 * share));
}

}  // namespace HYDROPHONE_KERNELS::library
