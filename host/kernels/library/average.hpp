// Mean of a window.
//
// Sums of up to eight samples in float32, as a tree of three levels, of which each loses at most
// 2**-24 of what it adds; from there on in float64. So the mean, rounded once more, is within two
// steps of float32: 2**-22 of the mean of magnitudes, however long the window.
#pragma once

#include "library/rounds.hpp"

namespace HYDROPHONE_KERNELS::library {

// Where float32 has no room for a sum, or a sample is not finite.
[[gnu::noinline]] inline float wide_average(const float* x, std::size_t n) {
    Lanes<double, 32> sum;
    each_round<double, 32, 1>(x, n, 0.0f,
                              [&](std::size_t part, Vector<double> values)
                                  __attribute__((always_inline)) { sum.part[part] += values; });
    return canonical(static_cast<float>(sum.total() / static_cast<double>(n)));
}

// Adds up vectors `first` to `first + count`, a power of two, by halves.
template <std::size_t count, class Load>
HYDROPHONE_INLINE Vector<float> tree_sum(Load load, std::size_t first = 0) {
    if constexpr (count == 1) {
        return load(first);
    } else {
        return tree_sum<count / 2>(load, first) + tree_sum<count / 2>(load, first + count / 2);
    }
}

inline constexpr std::size_t AVERAGE_LANES = 16;

// Adds a tree over `count` rounds to every lane; `load(i)` is the vector from number i on.
template <std::size_t count, class Load>
HYDROPHONE_INLINE void add_trees(Lanes<double, AVERAGE_LANES>& sum, Load load) {
    constexpr std::size_t width = WIDTH_OF<float>, each = width / WIDTH_OF<double>;
#pragma GCC unroll 16
    for (std::size_t part = 0; part < AVERAGE_LANES / width; ++part) {
        Vector<double> wide[each];
        widen(tree_sum<count>([&](std::size_t round) __attribute__((always_inline)) {
                  return load(round * AVERAGE_LANES + part * width);
              }),
              wide);
        for (std::size_t half = 0; half < each; ++half) {
            sum.part[part * each + half] += wide[half];
        }
    }
}

inline float average(const float* x, std::size_t n) {
    constexpr std::size_t four = 4 * AVERAGE_LANES, eight = 2 * four;
    Lanes<double, AVERAGE_LANES> sum;
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
