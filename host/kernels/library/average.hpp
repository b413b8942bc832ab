// Mean of a window.
//
// Sums of up to eight samples in float32, as a tree of three levels, of which each loses at most
// 2**-24 of what it adds; from there on in float64. So the mean, rounded once more, is within two
// steps of float32: 2**-22 of the mean of magnitudes, however long the window.
#pragma once

#include "library/trees.hpp"

namespace HYDROPHONE_KERNELS::library {

// Where float32 has no room for a sum, or a sample is not finite.
[[gnu::noinline]] inline float wide_average(const float* x, std::size_t n) {
    Lanes<double, 32> sum;
    each_round<double, 32, 1>(x, n, 0.0f,
                              [&](std::size_t part, Vector<double> values)
                                  __attribute__((always_inline)) { sum.part[part] += values; });
    return canonical(static_cast<float>(sum.total() / static_cast<double>(n)));
}

// Adds a tree over `count` rounds to every lane; `load(i)` is the vector from number i on.
template <std::size_t count, class Load>
HYDROPHONE_INLINE void add_trees(Lanes<double, TREE_LANES>& sum, Load load) {
#pragma GCC unroll 16
    for (std::size_t part = 0; part < TREE_PARTS; ++part) {
        add_widened(sum, part,
                    tree_sum<count>([&](std::size_t round) __attribute__((always_inline)) {
                        return load(round * TREE_LANES + part * WIDTH_OF<float>);
                    }));
    }
}

inline float average(const float* x, std::size_t n) {
    constexpr std::size_t four = 4 * TREE_LANES, eight = 2 * four;
    Lanes<double, TREE_LANES> sum;
    std::size_t at = 0;
    const auto whole = [&](std::size_t i) __attribute__((always_inline)) {
        return load_any<Vector<float>>(x + at + i);
    };
    for (; at + eight <= n; at += eight) {
        add_trees<8>(sum, whole);
    }
    if (at + four <= n) {
        add_trees<4>(sum, whole);
        at += four;
    }
    if (at < n) {
        add_trees<4>(sum, [&](std::size_t i) __attribute__((always_inline)) {
            return load_some<float>(x, at + i, n, 0.0f);
        });
    }
    const double mean = sum.total() / static_cast<double>(n);
    return mean - mean == 0 ? static_cast<float>(mean) : wide_average(x, n);
}

}  // namespace HYDROPHONE_KERNELS::library
