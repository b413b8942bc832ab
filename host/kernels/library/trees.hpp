// Summation trees: sums of a few numbers a lane in float32, which go on in float64: a tree of 2**k
// loses at most k roundings of what it adds, however long the window.
#pragma once

#include "library/rounds.hpp"

namespace HYDROPHONE_KERNELS::library {

inline constexpr std::size_t TREE_LANES = 16;
inline constexpr std::size_t TREE_PARTS = TREE_LANES / WIDTH_OF<float>;

// Adds up vectors `first` to `first + count`, a power of two, by halves.
template <std::size_t count, class Load>
HYDROPHONE_INLINE Vector<float> tree_sum(Load load, std::size_t first = 0) {
    if constexpr (count == 1) {
        return load(first);
    } else {
        return tree_sum<count / 2>(load, first) + tree_sum<count / 2>(load, first + count / 2);
    }
}

// Adds floats to the lanes of their part.
HYDROPHONE_INLINE void add_widened(Lanes<double, TREE_LANES>& sum, std::size_t part,
                                   Vector<float> floats) {
    constexpr std::size_t each = WIDTH_OF<float> / WIDTH_OF<double>;
    Vector<double> wide[each];
    widen(floats, wide);
    for (std::size_t i = 0; i < each; ++i) {
        sum.part[part * each + i] += wide[i];
    }
}

// From `at` on, calls `step(load)` for blocks of so many `rounds`, as long as they are whole;
// `load(x, filler, i)` is the vector that begins at number i of the block. Tells where they end.
template <std::size_t rounds, class Step>
HYDROPHONE_INLINE std::size_t each_block(std::size_t at, std::size_t n, Step step) {
    for (; at + rounds * TREE_LANES <= n; at += rounds * TREE_LANES) {
        step([&](const float* x, float, std::size_t i)
                 __attribute__((always_inline)) { return load_any<Vector<float>>(x + at + i); });
    }
    return at;
}

// The same for the last block, which is not whole, if there is one: it is filled up.
template <class Step>
HYDROPHONE_INLINE void last_block(std::size_t at, std::size_t n, Step step) {
    if (at < n) {
        step([&](const float* x, float filler, std::size_t i)
                 __attribute__((always_inline)) { return load_some<float>(x, at + i, n, filler); });
    }
}

}  // namespace HYDROPHONE_KERNELS::library
