// Sliding windows over a whole series, several results at once.
#pragma once

#include <cstdlib>

#include "library/nodes.hpp"

namespace HYDROPHONE_KERNELS::library {

using Index = std::ptrdiff_t;

// Nodes of a stretch of the series, each field by itself, in whole vectors.
template <class Node>
struct Tile {
    static constexpr Index WIDTH = WIDTH_OF<double>;
    // Room for vectors that begin before the first node, or end behind the last.
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
// them, into `newer`. Downwards, so that what is joined in place is still what it was; the last
// vector may spoil nodes before the first, which are of no use any more.
template <bool equal, class Node>
void join_tiles(const Tile<Node>& newer, const Tile<Node>& older, Index back, Index first,
                Index end, const Joint& joint) {
    constexpr Index width = Tile<Node>::WIDTH;
    for (Index at = (end - 1) / width * width; at > first - width; at -= width) {
        Vector<double> a[Node::FIELDS], b[Node::FIELDS], node[Node::FIELDS];
        newer.load(at, a);
        older.load(at - back, b);
        Node::template join<equal>(a, b, joint, node);
        newer.store(at, node);
    }
}

// The windows of `length` results at a time, in memory that stays close to the processor.
template <class Node>
class Mover {
  public:
    Mover(std::size_t window, std::size_t count)
        : window_(static_cast<Index>(window)),
          length_(least(static_cast<Index>(count), most(SHORTEST, 4 * window_))),
          stride_((length_ + window_ + 3 * Tile<Node>::MARGIN) / 8 * 8),
          power_of_two_((window & (window - 1)) == 0),
          memory_(static_cast<double*>(std::aligned_alloc(64, size()))) {
        if (memory_ != nullptr) {
            __builtin_memset(memory_, 0, size());
        }
    }
    ~Mover() { std::free(memory_); }
    Mover(const Mover&) = delete;
    Mover& operator=(const Mover&) = delete;

    bool allocated() const { return memory_ != nullptr; }

    void move(const float* const (&input)[Node::INPUTS], Index n, float* out) const {
        for (Index i = 0; i < least(window_ - 1, n); ++i) {
            out[i] = __builtin_nanf("");
        }
        // Nodes are numbered from the first sample of the first of these windows.
        for (Index from = 0; from + window_ <= n; from += length_) {
            const Index end = least(length_ + window_ - 1, n - from);
            leaves(input, from, end);
            const Tile<Node> joined = join(end);
            const double share = 1 / static_cast<double>(window_);
            for (Index i = window_ - 1; i < end; ++i) {
                double node[Node::FIELDS];
                for (std::size_t k = 0; k < Node::FIELDS; ++k) {
                    node[k] = joined.field[k][i];
                }
                out[from + i] = static_cast<float>(Node::result(node, share));
            }
        }
    }

  private:
    static constexpr Index SHORTEST = 2048 / Node::FIELDS;

    std::size_t size() const {
        return static_cast<std::size_t>(stride_) * Node::FIELDS * (power_of_two_ ? 1 : 2) *
               sizeof(double);
    }
    Tile<Node> nodes() const { return {memory_, stride_}; }
    Tile<Node> sums() const { return {memory_ + stride_ * Index{Node::FIELDS}, stride_}; }

    void leaves(const float* const (&input)[Node::INPUTS], Index from, Index end) const {
        const Tile<Node> leaf = nodes();
        for (Index i = 0; i < end; ++i) {
            double sample[Node::INPUTS], node[Node::FIELDS];
            for (std::size_t k = 0; k < Node::INPUTS; ++k) {
                sample[k] = static_cast<double>(input[k][from + i]);
            }
            Node::leaf(sample, node);
            for (std::size_t k = 0; k < Node::FIELDS; ++k) {
                leaf.field[k][i] = node[k];
            }
        }
    }

    // From leaves to windows: nodes double, and those that the window's length has a bit for are
    // joined, the newest samples first.
    Tile<Node> join(Index end) const {
        const Tile<Node> doubled = nodes();
        Index covered = 0;
        for (Index size = 1;; size *= 2) {
            if (!power_of_two_ && window_ & size) {
                if (covered == 0) {
                    for (std::size_t k = 0; k < Node::FIELDS; ++k) {
                        __builtin_memcpy(sums().field[k], doubled.field[k],
                                         static_cast<std::size_t>(end) * sizeof(double));
                    }
                } else {
                    join_tiles<false>(sums(), doubled, covered, covered + size - 1, end,
                                      Joint::of(covered, size));
                }
                covered += size;
            }
            if (2 * size > window_) {
                return power_of_two_ ? doubled : sums();
            }
            join_tiles<true>(doubled, doubled, size, 2 * size - 1, end, Joint::of(size, size));
        }
    }

    Index window_;
    Index length_;
    Index stride_;
    bool power_of_two_;
    double* memory_;
};

// Results of every window, at the place of its newest sample; NaN before the first window is full.
// False, and nothing done, without memory.
template <class Node>
bool moving(const float* const (&input)[Node::INPUTS], std::size_t n, std::size_t window,
            float* out) {
    if (n == 0) {
        return true;
    }
    const Mover<Node> mover(least(window, n + 1), n);
    if (mover.allocated()) {
        mover.move(input, static_cast<Index>(n), out);
    }
    return mover.allocated();
}

}  // namespace HYDROPHONE_KERNELS::library
