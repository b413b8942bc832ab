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
    double* memory;
    Index stride;

    HYDROPHONE_INLINE double* field(std::size_t i) const {
        return memory + MARGIN + static_cast<Index>(i) * stride;
    }
    HYDROPHONE_INLINE void load(Index at, Vector<double>* node) const {
        for (std::size_t i = 0; i < Node::FIELDS; ++i) {
            node[i] = load_any<Vector<double>>(field(i) + at);
        }
    }
    HYDROPHONE_INLINE void store(Index at, const Vector<double>* node) const {
        for (std::size_t i = 0; i < Node::FIELDS; ++i) {
            store_any(field(i) + at, node[i]);
        }
    }
};

// Joins the nodes of `newer` from `first` up to `end` with those of `older` that lie `back` before
// them, and gives them to `use`, a vector at a time. Downwards, so that what is joined in place is
// still what it was; the last vector may begin before the first node.
template <bool equal, class Node, class Use>
HYDROPHONE_INLINE void join_tiles(Tile<Node> newer, Tile<Node> older, Index back, Index first,
                                  Index end, Joint joint, Use use) {
    constexpr Index width = Tile<Node>::WIDTH;
    for (Index at = (end - 1) / width * width; at > first - width; at -= width) {
        Vector<double> a[Node::FIELDS], b[Node::FIELDS], node[Node::FIELDS];
        newer.load(at, a);
        older.load(at - back, b);
        Node::template join<equal>(a, b, joint, node);
        use(at, node);
    }
}

// From leaves to nodes of as many samples as a vector has numbers, and to the join of those that
// the `low` bits of the window's length ask for, without leaving the registers.
template <class Node, int low>
class Climb {
  public:
    // A vector of leaves, which follow on those of the call before: becomes the nodes they end.
    template <int level = 0>
    HYDROPHONE_INLINE void step(Vector<double>* node, Vector<double>* joined) {
        constexpr int size = 1 << level, covered = low & (size - 1);
        if constexpr (size < Tile<Node>::WIDTH) {
            if constexpr ((low & size) != 0 && covered != 0) {
                join<covered, false>(level, joined, node, Joint::of(covered, size));
            } else if constexpr ((low & size) != 0) {
                copy(node, joined);
            }
            Vector<double> now[Node::FIELDS];
            copy(node, now);
            if constexpr (level == 0) {
                Vector<double> older[Node::FIELDS];
                for (std::size_t i = 0; i < Node::FIELDS; ++i) {
                    older[i] = shifted<1>(before_[0][i], now[i]);
                }
                Node::pair(now, older, node);
            } else {
                join<size, true>(level, node, now, Joint::of(size, size));
            }
            copy(now, before_[level]);
            step<level + 1>(node, joined);
        }
    }

  private:
    HYDROPHONE_INLINE static void copy(const Vector<double>* from, Vector<double>* to) {
        for (std::size_t i = 0; i < Node::FIELDS; ++i) {
            to[i] = from[i];
        }
    }

    // Joins with the nodes of a level that lie `back` before `now`, its newest.
    template <int back, bool equal>
    HYDROPHONE_INLINE void join(int level, Vector<double>* newer, const Vector<double>* now,
                                const Joint& joint) const {
        Vector<double> older[Node::FIELDS], both[Node::FIELDS];
        for (std::size_t i = 0; i < Node::FIELDS; ++i) {
            older[i] = shifted<back>(before_[level][i], now[i]);
        }
        Node::template join<equal>(newer, older, joint, both);
        copy(both, newer);
    }

    // The newest nodes of 1, 2 and 4 samples.
    Vector<double> before_[3][Node::FIELDS] = {};
};

// Nodes of `window` samples, a power of two beyond a vector's length, from leaves: a node joins the
// one that many samples before it, which is a whole number of vectors back and still in a register.
template <class Node, int window>
class Pyramid {
  public:
    static constexpr int WIDTH = static_cast<int>(Tile<Node>::WIDTH);
    // Vectors that the oldest node lies back; calls of `step` count up to it, again and again.
    static constexpr int PERIOD = window / 2 / WIDTH;

    // A vector of leaves, which follow on those of the call before: becomes the nodes they end.
    template <int call>
    HYDROPHONE_INLINE void step(Vector<double>* node) {
        Vector<double> unused[Node::FIELDS];
        climb_.step(node, unused);
        widen<WIDTH, call>(node);
    }

  private:
    template <int size, int call>
    HYDROPHONE_INLINE void widen(Vector<double>* node) {
        if constexpr (size < window) {
            constexpr int back = size / WIDTH;
            Vector<double>(&held)[Node::FIELDS] = held_[back - 1 + call % back];
            Vector<double> older[Node::FIELDS], now[Node::FIELDS];
            for (std::size_t i = 0; i < Node::FIELDS; ++i) {
                older[i] = held[i];
                held[i] = now[i] = node[i];
            }
            Node::template join<true>(now, older, Joint::of(size, size), node);
            widen<2 * size, call>(node);
        }
    }

    Climb<Node, 0> climb_;
    // The newest nodes of a vector's length, those of two, those of four …
    Vector<double> held_[2 * PERIOD - 1][Node::FIELDS] = {};
};

// The windows of `length` results at a time, in memory that stays close to the processor.
template <class Node>
class Mover {
  public:
    Mover(std::size_t window, std::size_t count)
        : window_(static_cast<Index>(window)),
          length_(least(static_cast<Index>(count), most(SHORTEST, 4 * window_))),
          stride_((length_ + window_ + 2 * Tile<Node>::MARGIN + APART - PLACE - 1) / APART * APART +
                  PLACE),
          doubles_only_((window & (window - 1)) == 0 && window_ >= WIDTH),
          memory_(is_held() ? nullptr : static_cast<double*>(std::aligned_alloc(64, size()))) {}
    ~Mover() { std::free(memory_); }
    Mover(const Mover&) = delete;
    Mover& operator=(const Mover&) = delete;

    // Whether there is the memory that it needs.
    bool allocated() const { return is_held() || memory_ != nullptr; }

    void move(const float* const (&input)[Node::INPUTS], Index n, float* out) const {
        for (Index i = 0; i < least(window_ - 1, n); ++i) {
            out[i] = __builtin_nanf("");
        }
        if constexpr (VECTORS) {
            if (is_held()) {
                return in_registers(input, n, out);
            }
        }
        // Nodes are numbered from the first sample of the first of these windows.
        for (Index from = 0; from + window_ <= n; from += length_) {
            const Index end = least(length_ + window_ - 1, n - from);
            begin(input, from, end);
            join(end, out + from);
        }
    }

  private:
    static constexpr Index SHORTEST = 4096 / Node::FIELDS, WIDTH = Tile<Node>::WIDTH;
    // The longest window whose nodes are all kept in registers, where these are vectors.
    static constexpr int HELD = 64;
    // Where addresses are a multiple of 4 KiB apart, a load may wait for a store to the other. With
    // strides of PLACE, or PLACE + APART, numbers, fields are nowhere near that.
    static constexpr Index APART = 256, PLACE = 120;

    std::size_t size() const {
        return static_cast<std::size_t>(stride_) * Node::FIELDS * (doubles_only_ ? 1 : 2) *
               sizeof(double);
    }
    // Whether all of the window's nodes are kept in registers, and none in memory.
    bool is_held() const { return VECTORS && window_ > WIDTH && window_ <= HELD && doubles_only_; }
    // Samples of the nodes that tiles begin with.
    Index first_size() const { return VECTORS && window_ % HELD == 0 ? Index{HELD} : WIDTH; }
    Tile<Node> nodes() const { return {memory_, stride_}; }
    Tile<Node> sums() const { return {memory_ + stride_ * Index{Node::FIELDS}, stride_}; }

    // The samples from `at` on as vectors; zeros from `end` on.
    HYDROPHONE_INLINE static void load(const float* const (&input)[Node::INPUTS], Index from,
                                       Index at, Index end, Vector<double>* sample) {
        for (std::size_t k = 0; k < Node::INPUTS; ++k) {
            const float* const x = input[k] + from;
            sample[k] = at + WIDTH <= end ? load_doubles(x + at)
                                          : load_some<double>(x, static_cast<std::size_t>(at),
                                                              static_cast<std::size_t>(end), 0.0f);
        }
    }

    // Writes a vector of results, those that are windows of the series.
    HYDROPHONE_INLINE void put(Index at, Vector<double> result, Index end, float* out) const {
        const Vector<double> known = canonical(result);
        if (at >= window_ - 1 && at + WIDTH <= end) {
            store_floats(out + at, known);
        } else {
            float results[WIDTH];
            store_floats(results, known);
            for (Index i = most(at, window_ - 1); i < least(at + WIDTH, end); ++i) {
                out[i] = results[i - at];
            }
        }
    }

    // Gives `use` the nodes of `window` samples, a vector at a time.
    template <int window, class Use>
    HYDROPHONE_INLINE void climb(const float* const (&input)[Node::INPUTS], Index from, Index end,
                                 Use use) const {
        Pyramid<Node, window> pyramid;
        for (Index at = 0; at < end;) {
            climb_period<0>(pyramid, input, from, at, end, use);
        }
    }

    template <int call, class Nodes, class Use>
    HYDROPHONE_INLINE void climb_period(Nodes& pyramid, const float* const (&input)[Node::INPUTS],
                                        Index from, Index& at, Index end, Use use) const {
        if constexpr (call < Nodes::PERIOD) {
            Vector<double> sample[Node::INPUTS], node[Node::FIELDS];
            load(input, from, at, end, sample);
            Node::leaf(sample, node);
            pyramid.template step<call>(node);
            use(at, node);
            at += WIDTH;
            if (at < end) {
                climb_period<call + 1>(pyramid, input, from, at, end, use);
            }
        }
    }

    // All of a series whose window is a power of two up to HELD.
    template <int window = HELD>
    void in_registers(const float* const (&input)[Node::INPUTS], Index n, float* out) const {
        if constexpr (window > WIDTH) {
            if (window_ != window) {
                return in_registers<window / 2>(input, n, out);
            }
            const double share = 1 / static_cast<double>(window);
            climb<window>(input, 0, n, [&](Index at, const Vector<double>* node) {
                put(at, Node::result(node, share), n, out);
            });
        }
    }

    // The nodes of a vector's length, and the join of shorter ones, by the window's low bits.
    template <int low = 0>
    void begin(const float* const (&input)[Node::INPUTS], Index from, Index end) const {
        if constexpr (low + 1 < WIDTH) {
            if (window_ % WIDTH != low) {
                return begin<low + 1>(input, from, end);
            }
        }
        const Tile<Node> doubled = nodes(), joined = sums();
        if constexpr (VECTORS && low == 0) {
            if (first_size() == HELD) {
                return climb<HELD>(input, from, end, [&](Index at, const Vector<double>* node) {
                    doubled.store(at, node);
                });
            }
        }
        Climb<Node, low> climb;
        for (Index at = 0; at < end; at += WIDTH) {
            Vector<double> sample[Node::INPUTS], node[Node::FIELDS], sum[Node::FIELDS];
            load(input, from, at, end, sample);
            Node::leaf(sample, node);
            climb.step(node, sum);
            doubled.store(at, node);
            if constexpr (low != 0) {
                joined.store(at, sum);
            }
        }
    }

    // From there to windows: nodes double, and those that the window's length has a bit for are
    // joined, the newest samples first.
    void join(Index end, float* out) const {
        const Tile<Node> doubled = nodes(), joined = sums();
        const double share = 1 / static_cast<double>(window_);
        const auto keep = [&](Index at, const Vector<double>* node) { doubled.store(at, node); };
        const auto add = [&](Index at, const Vector<double>* node) { joined.store(at, node); };
        const auto write_result = [&](Index at, const Vector<double>* node) {
            put(at, Node::result(node, share), end, out);
        };
        if (window_ <= WIDTH) {
            for (Index at = 0; at < end; at += WIDTH) {
                Vector<double> node[Node::FIELDS];
                (window_ < WIDTH ? joined : doubled).load(at, node);
                put(at, window_ == 1 ? Node::alone(node) : Node::result(node, share), end, out);
            }
            return;
        }
        Index covered = window_ % WIDTH;
        for (Index size = first_size();; size *= 2) {
            if (2 * size == window_) {
                return join_tiles<true>(doubled, doubled, size, window_ - 1, end,
                                        Joint::of(size, size), write_result);
            }
            if (window_ & size) {
                if (covered == 0) {
                    for (std::size_t k = 0; k < Node::FIELDS; ++k) {
                        __builtin_memcpy(joined.field(k), doubled.field(k),
                                         static_cast<std::size_t>(end) * sizeof(double));
                    }
                } else if (2 * size > window_) {
                    return join_tiles<false>(joined, doubled, covered, window_ - 1, end,
                                             Joint::of(covered, size), write_result);
                } else {
                    join_tiles<false>(joined, doubled, covered, covered + size - 1, end,
                                      Joint::of(covered, size), add);
                }
                covered += size;
            }
            join_tiles<true>(doubled, doubled, size, 2 * size - 1, end, Joint::of(size, size),
                             keep);
        }
    }

    Index window_;
    Index length_;
    Index stride_;
    bool doubles_only_;
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
