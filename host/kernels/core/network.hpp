// Sorting networks: which numbers to exchange, whatever they are, without a branch.
#pragma once

#include <utility>

#include "core/isa.hpp"

namespace HYDROPHONE_KERNELS {

// Pairs of candidates whose sorting, in this order, sorts them all: Batcher's odd-even merge sort
// (Knuth, The Art of Computer Programming, 5.2.2, algorithm M).
template <class Exchange>
HYDROPHONE_INLINE constexpr void sorting_network(std::size_t candidates, const Exchange& exchange) {
    std::size_t top = 1;
    while (2 * top < candidates) {
        top *= 2;
    }
    for (std::size_t p = top; p; p /= 2) {
        std::size_t merged = top, from = 0, apart = p;
        while (true) {
            for (std::size_t i = 0; i + apart < candidates; ++i) {
                if ((i & p) == from) {
                    exchange(i, i + apart);
                }
            }
            if (merged == p) {
                break;
            }
            apart = merged - p;
            merged /= 2;
            from = p;
        }
    }
}

// The same for a number of candidates known beforehand, as a list to unroll.
template <std::size_t candidates>
struct SortingNetwork {
    static constexpr std::size_t count = [] {
        std::size_t pairs = 0;
        sorting_network(candidates, [&](std::size_t, std::size_t) { ++pairs; });
        return pairs;
    }();
    std::size_t upper[count]{}, lower[count]{};

    constexpr SortingNetwork() {
        std::size_t pair = 0;
        sorting_network(candidates, [&](std::size_t i, std::size_t j) {
            upper[pair] = i;
            lower[pair++] = j;
        });
    }
};

// Calls `exchange(upper, lower)` for every pair in order, unrolled.
template <std::size_t candidates, class Exchange>
HYDROPHONE_INLINE void sort_fixed(const Exchange& exchange) {
    static constexpr SortingNetwork<candidates> network;
    const auto all =
        [&]<std::size_t... i>(std::index_sequence<i...>)
            __attribute__((always_inline)) { (exchange(network.upper[i], network.lower[i]), ...); };
    all(std::make_index_sequence<SortingNetwork<candidates>::count>{});
}

// Sorts what rises and then falls, or falls and then rises, of a power of two candidates: Batcher's
// bitonic merge.
template <std::size_t candidates, class Exchange>
HYDROPHONE_INLINE void merge_fixed(const Exchange& exchange) {
#pragma GCC unroll 8
    for (std::size_t apart = candidates / 2; apart; apart /= 2) {
#pragma GCC unroll 64
        for (std::size_t i = 0; i < candidates; ++i) {
            if ((i & apart) == 0) {
                exchange(i, i + apart);
            }
        }
    }
}

}  // namespace HYDROPHONE_KERNELS
