// Trend: agreement of a Haar transform's scales of the latest prices; see
// hydrophone_model.signals.trend.
#pragma once

#include "core/average.hpp"
#include "signals/quotient.hpp"

namespace HYDROPHONE_KERNELS {

class Trend {
  public:
    using Params = params::TrendParams;
    struct Input {
        const Column& change;
    };
    struct Output {
        Column& score;
    };

    Trend(const Params& p, Layouts& layouts)
        : memory_(static_cast<int>(p.memory)),
          length_(static_cast<u32>(p.length)),
          levels_(p.weights.count),
          state_(layouts.symbol.reserve<State>(1)),
          path_(layouts.symbol.reserve<u32>(length_)) {
        for (std::size_t level = 0; level < levels_; ++level) {
            weights_[level] = p.weights.data[level];
        }
    }

    template <class Chunk>
    HYDROPHONE_INLINE void process(const Chunk& at, const Input& in, const Output& out) const {
        Column trend, energy, settled;
        for (std::size_t i = 0; i < at.count; ++i) {
            State& s = *state_.at(at.symbol[i]);
            trend[i] = step(s, path_.at(at.symbol[i]), in.change[i]);
            s.energy.learn(in.change[i] * in.change[i], memory_);
            energy[i] = s.energy.mean;
            settled[i] = s.energy.settled(memory_);
        }
        over_root(trend, energy, memory_ - 2 * model::trend::WEIGHT_LOG2, out.score, at.count);
        if_known(settled, out.score, at.count);
    }

    // The changes that lead to the prices of the path, but for the first, and their energy.
    void state(std::byte* symbol, StateArchive& archive) const {
        State& s = *state_.at(symbol);
        u32* const path = path_.at(symbol);
        const u32 mask = length_ - 1;
        const u32 oldest = s.next;
        if (archive.loading()) {
            path[0] = 0;
        }
        archive.values(
            length_ - 1,
            [=](std::size_t i) {
                const u32 at = oldest + static_cast<u32>(i);
                return i64{static_cast<i32>(path[(at + 1) & mask] - path[at & mask])};
            },
            [=](std::size_t i, i64 change) { path[i + 1] = path[i] + static_cast<u32>(change); });
        archive(s.energy);
        if (archive.loading()) {
            s.next = 0;
            s.price = path[mask];
            for (std::size_t level = 0; level < levels_; ++level) {
                const u32 half = 1u << level;
                s.rising[level] = 0;
                for (u32 age = 0; age < half; ++age) {
                    s.rising[level] += path[mask - age] - path[mask - half - age];
                }
            }
        }
    }

  private:
    static constexpr std::size_t MAX_LEVELS = exact_log2(params::TREND_LENGTH_MAX);
    struct State {
        ExponentialAverage energy;
        u32 price;
        u32 next;
        // Newer less older half of each level's newest stretch, the finest first.
        u32 rising[MAX_LEVELS];
    };

    // When stretches of 2 m prices p move on by one, the difference of their halves grows by
    // p(t) - 2 p(t - m) + p(t - 2 m). Prices wrap, from a price of zero before the first change:
    // differences fit.
    HYDROPHONE_INLINE i64 step(State& s, u32* path, i64 change) const {
        const u32 now = s.next++, price = s.price += static_cast<u32>(change);
        for (std::size_t level = 0; level < levels_; ++level) {
            const u32 half = 1u << level;
            const u32 middle = path[(now - half) & (length_ - 1)];
            const u32 first = path[(now - 2 * half) & (length_ - 1)];
            s.rising[level] += price - 2 * middle + first;
        }
        path[now & (length_ - 1)] = price;
        const i64 coarsest = static_cast<i32>(s.rising[levels_ - 1]);
        i64 trend = 0;
        for (std::size_t level = 0; level < levels_; ++level) {
            const i64 rising = static_cast<i32>(s.rising[level]);
            trend += keep(rising * coarsest >= 0, rising * weights_[level]);
        }
        return trend;
    }

    int memory_;
    u32 length_;
    std::size_t levels_;
    i64 weights_[MAX_LEVELS];
    Piece<State> state_;
    Piece<u32> path_;
};

}  // namespace HYDROPHONE_KERNELS
