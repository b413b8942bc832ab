// Pearson correlation of two windows.
//
// Long windows are summed in float32 over 32 rounds, four trees of eight: k = 6 of what
// library/origin.hpp says, in units of u = 2**-24. Roundings of the deviations turn a column by
// sqrt(9/8) at most. By Cauchy's inequality the sum of products is as far from what it should be,
// measured by the root of both sums of squares, as these are, (1 + k + 2/3 k) 9/8 + 1; each of
// theirs counts by half. With the rounding of the result this is below 30: within 2**-19. Other
// windows, and those where such sums would not do, are within 2**-23.
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

// Rounds of a tree, and trees that are added up one after the other: k = 3 + 3.
inline constexpr std::size_t PAIR_TREE = 8, PAIR_TREES = 4;

// The same of long windows, in float32 as far as PAIR_TREES trees of PAIR_TREE.
template <bool shifted_x, bool shifted_y>
[[gnu::noinline]] PairSums pair_tree_sums(const float* x, const float* y, std::size_t n,
                                          float origin_x, float origin_y) {
    const Vector<float> ox = Vector<float>{} + origin_x, oy = Vector<float>{} + origin_y;
    Lanes<double, TREE_LANES> sums[5];
    for (std::size_t at = 0; at < n;) {
        const std::size_t end = least(n, at + PAIR_TREE * PAIR_TREES * TREE_LANES);
        Vector<float> part_sums[TREE_PARTS][5] = {};
        const auto step = [&](auto load) __attribute__((always_inline)) {
#pragma GCC unroll 16
            for (std::size_t part = 0; part < TREE_PARTS; ++part) {
                Vector<float> dx[PAIR_TREE], dy[PAIR_TREE];
#pragma GCC unroll 16
                for (std::size_t i = 0; i < PAIR_TREE; ++i) {
                    const std::size_t from = i * TREE_LANES + part * WIDTH_OF<float>;
                    dx[i] = load(x, origin_x, from);
                    dy[i] = load(y, origin_y, from);
                    if constexpr (shifted_x) {
                        dx[i] -= ox;
                    }
                    if constexpr (shifted_y) {
                        dy[i] -= oy;
                    }
                }
                const auto add = [&](std::size_t sum, auto term) __attribute__((always_inline)) {
                    part_sums[part][sum] += tree_sum<PAIR_TREE>(term);
                };
                add(0, [&](std::size_t i) __attribute__((always_inline)) { return dx[i]; });
                add(1, [&](std::size_t i) __attribute__((always_inline)) { return dy[i]; });
                add(2, [&](std::size_t i) __attribute__((always_inline)) { return dx[i] * dx[i]; });
                add(3, [&](std::size_t i) __attribute__((always_inline)) { return dy[i] * dy[i]; });
                add(4, [&](std::size_t i) __attribute__((always_inline)) { return dx[i] * dy[i]; });
            }
        };
        at = each_block<PAIR_TREE>(at, end, step);
        last_block(at, end, step);
        at = end;
#pragma GCC unroll 16
        for (std::size_t part = 0; part < TREE_PARTS; ++part) {
#pragma GCC unroll 5
            for (std::size_t sum = 0; sum < 5; ++sum) {
                add_widened(sums[sum], part, part_sums[part][sum]);
            }
        }
    }
    return {sums[0].total(), sums[1].total(), sums[2].total(), sums[3].total(), sums[4].total()};
}

// Subtracts no origin that is zero: each is a tenth of the work.
HYDROPHONE_INLINE PairSums long_pair_sums(const float* x, const float* y, std::size_t n) {
    const float ox = middle_of(x, n), oy = middle_of(y, n);
    if (ox != 0 && oy != 0) {
        return pair_tree_sums<true, true>(x, y, n, ox, oy);
    }
    if (ox == 0 && oy == 0) {
        return pair_tree_sums<false, false>(x, y, n, ox, oy);
    }
    if (ox == 0) {
        return pair_tree_sums<false, true>(x, y, n, ox, oy);
    }
    const PairSums swapped = pair_tree_sums<false, true>(y, x, n, oy, ox);
    return {swapped.y, swapped.x, swapped.yy, swapped.xx, swapped.xy};
}

// One pass in float32, or in float64, or more until one will do.
inline float correlation(const float* x, const float* y, std::size_t n) {
    if (n == 0) {
        return 0.0f;
    }
    const double share = 1.0 / static_cast<double>(n);
    if (n >= LONG) {
        const PairSums s = long_pair_sums(x, y, n);
        const double xx = s.xx - s.x * s.x * share, yy = s.yy - s.y * s.y * share;
        if (is_sound(xx, s.xx, n) && is_sound(yy, s.yy, n)) {
            return static_cast<float>(correlation_of(xx, yy, s.xy - s.x * s.y * share));
        }
    }
    const float ox = origin_of(x, n), oy = origin_of(y, n);
    PairSums sums = ox != 0 || oy != 0 ? shifted_pair_sums(x, y, n, ox, oy)
                                       : pair_sums<false>(x, y, n, 0.0f, 0.0f);
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
