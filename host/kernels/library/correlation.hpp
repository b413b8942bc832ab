// Pearson correlation of two windows.
#pragma once

#include "library/origin.hpp"

namespace HYDROPHONE_KERNELS::library {

// A correlation from what it is before it is limited, and the product of the sums of squares. Where
// a column does not vary it is 0.
template <class V>
HYDROPHONE_INLINE V limited_correlation(V r, V product) {
    const V zero = V{}, one = zero + 1.0;
    const V low = r < -one ? -one : r;
    const V limited = low > one ? one : low;
    return product <= zero ? zero : limited;
}

// Numbers that come from float32 can neither overflow nor vanish in the product of two sums of
// squares.
HYDROPHONE_INLINE double correlation_of(double xx, double yy, double xy) {
    const double product = xx * yy;
    return limited_correlation(xy / __builtin_sqrt(product), product);
}

// 1 / sqrt(x) within 2**-38 of it, for normal x: several at once take a fifth of the time that a
// processor's root and division do. The first guess, which halves the exponent and is within 3.5 %
// (Lomont, "Fast inverse square root", 2003), is improved twice by Householder's method of the
// third order, which leaves 5/2 of an error's cube.
template <class V>
HYDROPHONE_INLINE V inverse_root(V x) {
    using Bits = typename LongBitsOf<V>::type;
    V y = bit_cast<V>(Bits{} + 0x5FE6EB50C7B537A9 - (bit_cast<Bits>(x) >> 1));
#pragma GCC unroll 2
    for (int step = 0; step < 2; ++step) {
        const V square = x * (y * y);
        y *= 1.875 - square * (1.25 - square * 0.375);
    }
    return y;
}

struct PairSums {
    double x, y, xx, yy, xy;
};

// Of deviations from the origins; `shifted` if one is not zero.
template <bool shifted>
HYDROPHONE_INLINE PairSums pair_sums(const float* x, const float* y, std::size_t n, float origin_x,
                                     float origin_y) {
    const Vector<double> ox = Vector<double>{} + static_cast<double>(origin_x);
    const Vector<double> oy = Vector<double>{} + static_cast<double>(origin_y);
    Lanes<double, 16> sx, sy, sxx, syy, sxy;
    each_round<double, 16, 5>(x, y, n, origin_x, origin_y,
                              [&](std::size_t part, Vector<double> vx, Vector<double> vy)
                                  __attribute__((always_inline)) {
                                      const Vector<double> dx = shifted ? vx - ox : vx;
                                      const Vector<double> dy = shifted ? vy - oy : vy;
                                      sx.part[part] += dx;
                                      sy.part[part] += dy;
                                      add_product<!shifted>(sxx.part[part], dx, dx);
                                      add_product<!shifted>(syy.part[part], dy, dy);
                                      add_product<!shifted>(sxy.part[part], dx, dy);
                                  });
    return {sx.total(), sy.total(), sxx.total(), syy.total(), sxy.total()};
}

// A call, so that windows close to zero need not prepare for it.
[[gnu::noinline]] inline PairSums shifted_pair_sums(const float* x, const float* y, std::size_t n,
                                                    float origin_x, float origin_y) {
    return pair_sums<true>(x, y, n, origin_x, origin_y);
}

// One pass in float64, or two.
inline float correlation(const float* x, const float* y, std::size_t n) {
    if (n == 0) {
        return 0.0f;
    }
    const float ox = origin_of(x, n), oy = origin_of(y, n);
    PairSums sums = ox != 0 || oy != 0 ? shifted_pair_sums(x, y, n, ox, oy)
                                       : pair_sums<false>(x, y, n, 0.0f, 0.0f);
    const double share = 1.0 / static_cast<double>(n);
    double xx = sums.xx - sums.x * sums.x * share, yy = sums.yy - sums.y * sums.y * share;
    if (cancels(xx, sums.xx, n) || cancels(yy, sums.yy, n)) [[unlikely]] {
        const double mean_x = static_cast<double>(ox) + sums.x * share;
        const double mean_y = static_cast<double>(oy) + sums.y * share;
        sums = shifted_pair_sums(x, y, n, static_cast<float>(mean_x), static_cast<float>(mean_y));
        xx = sums.xx - sums.x * sums.x * share;
        yy = sums.yy - sums.y * sums.y * share;
    }
    // What is left of a column of equal samples is 0 or less; of one that is not finite, a NaN,
    // beside which the other column does not count.
    if ((xx <= 0 && yy == yy) || (yy <= 0 && xx == xx)) {
        return 0.0f;
    }
    const double r = correlation_of(xx, yy, sums.xy - sums.x * sums.y * share);
    return canonical(static_cast<float>(r));
}

}  // namespace HYDROPHONE_KERNELS::library
