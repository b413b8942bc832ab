// Sliding windows over a whole series, several results at once.
#pragma once

#include <cstdlib>

#include "library/nodes.hpp"

namespace HYDROPHONE_KERNELS {

using Index = std::ptrdiff_t;

// Nodes of a stretch of the series, each field by itself.
template <class Node>
struct Tile {
    static constexpr Index WIDTH = WIDTH_OF<double>;
    // Whole vectors that end with the first nodes reach this far before them.
    static constexpr Index MARGIN = 8;
    double* field[Node::FIELDS];

    Tile(double* memory, Index stride) {
        for (double*& start : field) {
            start = memory + MARGIN;
            memory += stride;
        }
    }
    HYDROPHONE_INLINE void load(Index at, Vector<double>* node) const {
        for (std::size_t i = 0; i < Node::FIELDS; ++i) {
            node[i] = load_any<Vector<double>>(field[i] + at);
        }
    }
    HYDROPHONE_INLINE void store(Index at, const Vector<double>* node) const {
        for (std::size_t i = 0; i < Node::FIELDS; ++i) {
            store_any(field[i] + at, node[i]);
        }
    }
};

// Joins the nodes of `newer` from `first` up to `end` with those of `older` that lie `back` before
// them, into `newer`. Downwards, so that what is joined in place is still what it was; a vector
// may spoil nodes before the first, which are too near to the beginning to be of use any more.
template <bool equal, class Node>
void join_tiles(const Tile<Node>& newer, const Tile<Node>& older, Index back, Index first,
                Index end, const Joint& joint) {
    for (Index at = end - Tile<Node>::WIDTH; at > first - Tile<Node>::WIDTH;
         at -= Tile<Node>::WIDTH) {
        Vector<double> a[Node::FIELDS], b[Node::FIELDS], node[Node::FIELDS];
        newer.load(at, a);
        older.load(at - back, b);
        Node::template join<equal>(a, b, joint, node);
        newer.store(at, node);
    }
}

// Results of every window, at the place of its newest sample; NaN before the first window is full.
// False, and nothing done, without memory.
template <class Node>
bool moving(const float* const (&input)[Node::INPUTS], std::size_t count, std::size_t window,
            float* out) {
    const Index n = static_cast<Index>(count), w = static_cast<Index>(window);
    const Index length = least(n, most<Index>(1024, 4 * w));
    const Index stride = length + w + 2 * Tile<Node>::MARGIN;
    const bool power_of_two = (window & (window - 1)) == 0;
    auto* const memory = static_cast<double*>(std::calloc(
        static_cast<std::size_t>(stride) * Node::FIELDS * (power_of_two ? 1 : 2), sizeof(double)));
    if (memory == nullptr) {
        return false;
    }
    const Tile<Node> nodes(memory, stride);
    const Tile<Node> joined(power_of_two ? memory : memory + stride * Index{Node::FIELDS}, stride);
    for (Index i = 0; i < least(w - 1, n); ++i) {
        out[i] = __builtin_nanf("");
    }
    for (Index start = w - 1; start < n; start += length) {
        // Nodes and results are numbered from the first sample of the first window.
        const Index from = start - (w - 1), end = least(length, n - start) + w - 1;
        for (Index i = 0; i < end; ++i) {
            double sample[Node::INPUTS], node[Node::FIELDS];
            for (std::size_t k = 0; k < Node::INPUTS; ++k) {
                sample[k] = static_cast<double>(input[k][from + i]);
            }
            Node::leaf(sample, node);
            for (std::size_t k = 0; k < Node::FIELDS; ++k) {
                nodes.field[k][i] = node[k];
            }
        }
        Index covered = 0;
        for (Index size = 1;; size *= 2) {
            if (w & size && !power_of_two) {
                if (covered == 0) {
                    for (std::size_t k = 0; k < Node::FIELDS; ++k) {
                        __builtin_memcpy(joined.field[k], nodes.field[k],
                                         static_cast<std::size_t>(end) * sizeof(double));
                    }
                } else {
                    join_tiles<false>(joined, nodes, covered, covered + size - 1, end,
                                      Joint::of(static_cast<std::size_t>(covered),
                                                static_cast<std::size_t>(size)));
                }
                covered += size;
            }
            if (2 * size > w) {
                break;
            }
            join_tiles<true>(
                nodes, nodes, size, 2 * size - 1, end,
                Joint::of(static_cast<std::size_t>(size), static_cast<std::size_t>(size)));
        }
        for (Index i = w - 1; i < end; ++i) {
            double node[Node::FIELDS];
            for (std::size_t k = 0; k < Node::FIELDS; ++k) {
                node[k] = joined.field[k][i];
            }
            out[from + i] = static_cast<float>(Node::result(node, static_cast<double>(window)));
        }
    }
    std::free(memory);
    return true;
}

}  // namespace HYDROPHONE_KERNELS
