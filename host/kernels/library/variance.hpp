// Population variance of a window.
//
// Long windows are summed in float32 as trees of eight: by what library/origin.hpp says, with k =
// 3, the variance, rounded once more, is within 11 * 2**-24 of what it should be. Other windows,
// and those where such sums would not do, are within 2**-23.
#pragma once

#include "library/origin.hpp"

namespace HYDROPHONE_KERNELS::library {

struct Sums {
    double x, xx;
};

// Of deviations from the origin; `shifted` if it is not zero.
template <bool shifted>
HYDROPHONE_INLINE Sums sums_of(const float* x, std::size_t n, float origin) {
    const Vector<double> o = Vector<double>{} + static_cast<double>(origin);
    Lanes<double, 32> sum, squares;
    each_round<double, 32, 2>(
        x, n, origin, [&](std::size_t part, Vector<double> values) __attribute__((always_inline)) {
            const Vector<double> deviation = shifted ? values - o : values;
            sum.part[part] += deviation;
            add_product<!shifted>(squares.part[part], deviation, deviation);
        });
    return {sum.total(), squares.total()};
}

// A call, so that windows that need no second pass do not prepare for it.
[[gnu::noinline]] inline Sums sums_about(const float* x, std::size_t n, float origin) {
    return sums_of<true>(x, n, origin);
}

// Adds deviations from the origin and their squares, as trees over `rounds`.
template <std::size_t rounds>
struct AddTrees {
    const float* x;
    float origin;
    Lanes<double, TREE_LANES>&sum, &squares;

    template <class Load>
    HYDROPHONE_INLINE void operator()(Load load) const {
        const Vector<float> o = Vector<float>{} + origin;
#pragma GCC unroll 16
        for (std::size_t part = 0; part < TREE_PARTS; ++part) {
            Vector<float> deviation[rounds];
#pragma GCC unroll 16
            for (std::size_t i = 0; i < rounds; ++i) {
                deviation[i] = load(x, origin, i * TREE_LANES + part * WIDTH_OF<float>) - o;
            }
            add_widened(sum, part,
                        tree_sum<rounds>([&](std::size_t i) __attribute__((always_inline)) {
                            return deviation[i];
                        }));
            add_widened(squares, part,
                        tree_sum<rounds>([&](std::size_t i) __attribute__((always_inline)) {
                            return deviation[i] * deviation[i];
                        }));
        }
    }
};

// The same of a long window, in float32 as far as trees of eight.
[[gnu::noinline]] inline Sums tree_sums(const float* x, std::size_t n) {
    const float origin = middle_of(x, n);
    Lanes<double, TREE_LANES> sum, squares;
    std::size_t at = each_block<8>(0, n, AddTrees<8>{x, origin, sum, squares});
    at = each_block<4>(at, n, AddTrees<4>{x, origin, sum, squares});
    last_block(at, n, AddTrees<4>{x, origin, sum, squares});
    return {sum.total(), squares.total()};
}

// One pass in float32, or in float64, or more until one will do.
inline float variance(const float* x, std::size_t n) {
    if (n == 0) {
        return __builtin_nanf("");
    }
    const double share = 1.0 / static_cast<double>(n);
    const auto spread_of = [&](const Sums& sums) { return sums.xx - sums.x * sums.x * share; };
    if (n >= LONG) {
        const Sums sums = tree_sums(x, n);
        const double spread = spread_of(sums);
        if (is_sound(spread, sums.xx, n)) {
            return static_cast<float>(spread * share);
        }
    }
    const float origin = origin_of(x, n);
    const Sums sums = origin != 0 ? sums_of<true>(x, n, origin) : sums_of<false>(x, n, 0.0f);
    double spread = spread_of(sums);
    if (cancels(spread, sums.xx, n)) [[unlikely]] {
        const double mean = static_cast<double>(origin) + sums.x * share;
        spread = spread_of(sums_about(x, n, static_cast<float>(mean)));
    }
    return canonical(static_cast<float>(spread < 0 ? 0.0 : spread * share));
}

}  // namespace HYDROPHONE_KERNELS::library
