// Streams: windows that slide with what is pushed.
#pragma once

#include <cstdlib>

#include "library/bins.hpp"
#include "library/fixed.hpp"
#include "library/haar.hpp"
#include "library/nodes.hpp"
#include "library/stream.hpp"

namespace HYDROPHONE_KERNELS::library {

// Memory of a stream, zeroed.
template <class T>
class Ring {
  public:
    explicit Ring(std::size_t count)
        : count_(count), items_(static_cast<T*>(std::calloc(count, sizeof(T)))) {}
    ~Ring() { std::free(items_); }
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;

    bool allocated() const { return items_ != nullptr; }
    void clear() { __builtin_memset(static_cast<void*>(items_), 0, count_ * sizeof(T)); }
    HYDROPHONE_INLINE T& operator[](std::size_t i) { return items_[i]; }

  private:
    std::size_t count_;
    T* items_;
};

// Nodes of 1, 2, 4, ... samples, each joined from the two below it; see `moving`, which takes the
// same steps. At most two joins for each bit of the window's length.
template <class Node>
class NodeStream final : public Stream {
  public:
    explicit NodeStream(std::size_t window)
        : window_(window),
          levels_(bit_length(window)),
          past_(std::size_t{2} << (levels_ - 1)),
          share_(1 / static_cast<double>(window)) {
        std::ptrdiff_t covered = 0;
        for (int level = 0; level < levels_; ++level) {
            const std::ptrdiff_t size = std::ptrdiff_t{1} << level;
            doubled_[level] = Joint::of(size, size);
            if (window >> level & 1) {
                joined_[level] = Joint::of(most<std::ptrdiff_t>(covered, 1), size);
                covered += size;
            }
        }
    }

    bool allocated() const { return past_.allocated(); }
    void reset() override {
        past_.clear();
        pushed_ = 0;
    }

    double push(double x, double y) override {
        const double sample[2] = {static_cast<double>(static_cast<float>(x)),
                                  static_cast<double>(static_cast<float>(y))};
        Nodes node, joined{};
        Node::leaf(sample, node.field);
        std::size_t covered = 0;
        for (int level = 0;; ++level) {
            // Nodes of `size` samples that end with one of the last `size` samples.
            const std::size_t size = std::size_t{1} << level;
            Nodes* const ring = &past_[size];
            const Nodes older = ring[pushed_ & (size - 1)];
            ring[pushed_ & (size - 1)] = node;
            if (window_ & size) {
                if (covered == 0) {
                    joined = node;
                } else {
                    const Nodes& before = ring[(pushed_ - covered) & (size - 1)];
                    Nodes both;
                    Node::template join<false>(joined.field, before.field, joined_[level],
                                               both.field);
                    joined = both;
                }
                covered += size;
            }
            if (level == levels_ - 1) {
                break;
            }
            Nodes both;
            if (level == 0) {
                Node::pair(node.field, older.field, both.field);
            } else {
                Node::template join<true>(node.field, older.field, doubled_[level], both.field);
            }
            node = both;
        }
        ++pushed_;
        if (pushed_ < window_) {
            return __builtin_nan("");
        }
        const double result = canonical(window_ == 1 ? Node::alone(joined.field)
                                                     : Node::result(joined.field, share_));
        return static_cast<double>(static_cast<float>(result));
    }

  private:
    struct Nodes {
        double field[Node::FIELDS];
    };
    std::size_t window_;
    int levels_;
    Ring<Nodes> past_;
    std::size_t pushed_ = 0;
    double share_;
    Joint doubled_[64];
    Joint joined_[64];
};

// Exact sums: what enters is added, what leaves is taken off.
template <class Sums>
class FixedStream final : public Stream {
  public:
    explicit FixedStream(std::size_t window) : window_(window), past_(window) {}

    bool allocated() const { return past_.allocated(); }
    void reset() override {
        past_.clear();
        sums_ = {};
        filled_ = next_ = 0;
    }

    double push(double x, double y) override {
        const i16 new_x = static_cast<i16>(x), new_y = static_cast<i16>(y);
        const u32 leaving = past_[next_];
        past_[next_] = static_cast<u16>(new_x) | static_cast<u32>(static_cast<u16>(new_y)) << 16;
        next_ = next_ + 1 == window_ ? 0 : next_ + 1;
        // A place not yet reached holds zeros, which leave the sums alone.
        sums_.take(static_cast<i16>(leaving), static_cast<i16>(leaving >> 16), -1);
        sums_.take(new_x, new_y, 1);
        filled_ += filled_ < window_;
        return filled_ < window_ ? 0.0
                                 : static_cast<double>(sums_.result(static_cast<i64>(window_)));
    }

  private:
    std::size_t window_;
    // x below y: as one number, for two would make a vector of bytes that were just stored apart,
    // which a processor waits for.
    Ring<u32> past_;
    Sums sums_;
    std::size_t filled_ = 0;
    std::size_t next_ = 0;
};

// Entropy of bins. Terms c log2 c of the counts are integers, so that their sum never drifts.
template <class Steps>
class EntropyStream final : public Stream {
  public:
    explicit EntropyStream(std::size_t window)
        : window_(window), past_(window), counts_(256), steps_(window) {}

    bool allocated() const {
        return past_.allocated() && counts_.allocated() && steps_.allocated();
    }
    void reset() override {
        past_.clear();
        counts_.clear();
        filled_ = next_ = 0;
        sum_ = 0;
    }

    double push(double x, double) override {
        const u8 entering = static_cast<u8>(x), leaving = past_[next_];
        past_[next_] = entering;
        next_ = (next_ + 1) & (window_ - 1);
        // The leaving bin first: a count never exceeds the window, and so the table.
        if (filled_ == window_) {
            sum_ -= steps_.from(--counts_[leaving]);
        } else {
            ++filled_;
        }
        sum_ += steps_.from(counts_[entering]++);
        return filled_ < window_ ? Steps::UNKNOWN : steps_.entropy(sum_);
    }

  private:
    std::size_t window_;
    Ring<u8> past_;
    // Of every bin that a byte can name, whatever is pushed.
    Ring<u32> counts_;
    Steps steps_;
    i64 sum_ = 0;
    std::size_t filled_ = 0;
    std::size_t next_ = 0;
};

// The newest coefficient of every scale: of T's, float or i32, the same sums as `haar_transform`.
template <class T>
class HaarStream final : public Stream {
  public:
    explicit HaarStream(std::size_t window)
        : window_(window), levels_(exact_log2(static_cast<i64>(window))), past_(window) {}

    bool allocated() const { return past_.allocated(); }
    std::size_t width() const override { return static_cast<std::size_t>(levels_) + 1; }
    const double* row() const override { return row_; }
    void reset() override {
        past_.clear();
        pushed_ = 0;
    }

    double push(double x, double) override {
        T newer = static_cast<T>(x);
        for (int level = 1; level <= levels_; ++level) {
            // Sums of `size` samples that end with one of the last `size` samples.
            const std::size_t size = std::size_t{1} << (level - 1);
            T& place = past_[size - 1 + (pushed_ & (size - 1))];
            const T older = place;
            place = newer;
            row_[levels_ - level + 1] = in_row((older - newer) * scale_of<T>(level));
            newer = older + newer;
        }
        row_[0] = in_row(newer * scale_of<T>(levels_));
        ++pushed_;
        if (pushed_ < window_) {
            for (int i = 0; i <= levels_; ++i) {
                row_[i] = unknown();
            }
        }
        return row_[0];
    }

  private:
    HYDROPHONE_INLINE static double in_row(T coefficient) {
        return canonical(static_cast<double>(coefficient));
    }
    static double unknown() { return static_cast<T>(0.5) == 0 ? 0.0 : __builtin_nan(""); }

    std::size_t window_;
    int levels_;
    Ring<T> past_;
    std::size_t pushed_ = 0;
    double row_[64] = {};
};

}  // namespace HYDROPHONE_KERNELS::library
