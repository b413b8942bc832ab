// Volume evidence: how unusual a print and its parent are for the symbol; see
// hydrophone_model.whale.volume.
#pragma once

#include "core/average.hpp"
#include "core/state.hpp"
#include "core/state_archive.hpp"
#include "dsp/exp2.hpp"

namespace HYDROPHONE_KERNELS {

class Volume {
  public:
    using Params = params::VolumeParams;
    struct Input {
        const Column& size;
        const Column& parent_size;
        const Column& print;
        const Column& parent;
        const Column& closed;
    };
    struct Output {
        Column& above_print;
        Column& above_parent;
        Column& z_window;
        Column& loud;
    };

    Volume(const Params& p, Layouts& layouts)
        : window_(static_cast<u32>(p.window)),
          memory_(static_cast<int>(p.memory)),
          minimum_(p.minimum),
          least_variance_log2_(static_cast<int>(2 * (model::formats::LOG.fraction - p.floor))),
          lag_(static_cast<u32>(p.lag)),
          quiet_(static_cast<u16>(p.loud - 1)),
          state_(layouts.symbol.reserve<State>(1)),
          delay_line_(layouts.symbol.reserve<u64>(static_cast<std::size_t>(p.lag))),
          ring_(layouts.symbol.reserve<u16>(static_cast<std::size_t>(p.window))) {}

    template <class Chunk>
    HYDROPHONE_INLINE void process(const Chunk& at, const Input& in, const Output& out) const {
        Column print_mean, parent_mean, quiet, window, variance;
        for (std::size_t i = 0; i < at.count; ++i) {
            State& s = *state_.at(at.symbol[i]);
            if (in.closed[i]) {
                close(s, ring_.at(at.symbol[i]));
            }
            print_mean[i] = reference(s.prints);
            u64& delayed = delay_line_.at(at.symbol[i])[s.event++ & (lag_ - 1)];
            parent_mean[i] = static_cast<i64>(~delayed >> QUIET_BITS);
            quiet[i] = static_cast<u16>(delayed);
            delayed = ~static_cast<u64>(reference(s.parents)) << QUIET_BITS | quiet_;
            const i64 n = s.filled;
            window[i] = keep(n >= minimum_, n * in.parent[i] - s.sum);
            variance[i] = most(n * s.squares - s.sum * s.sum, (n * n) << least_variance_log2_);
            s.prints.learn(in.size[i], memory_);
            s.last_size = static_cast<u32>(in.parent_size[i]);
            s.last_log = static_cast<u16>(in.parent[i]);
        }
        above(in.print, print_mean, out.above_print, at.count);
        above(in.parent, parent_mean, out.above_parent, at.count);
        for (std::size_t i = 0; i < at.count; ++i) {
            out.loud[i] = out.above_parent[i] > quiet[i];
        }
        divide<model::volume::DEVIATIONS>(window.values, variance.values, 1, out.z_window.values,
                                          at.count);
    }

    void state(std::byte* symbol, StateArchive& archive) const {
        State& s = *state_.at(symbol);
        u16* const ring = ring_.at(symbol);
        u64* const line = delay_line_.at(symbol);
        archive(s.prints);
        archive(s.parents);
        archive(s.filled);
        archive.ring(
            window_, s.next, [=](std::size_t i) { return i64{ring[i]}; },
            [=](std::size_t i, i64 log) { ring[i] = static_cast<u16>(log); });
        archive(s.last_size);
        archive(s.last_log);
        const auto mean = [=](std::size_t i) {
            const i64 left = static_cast<i64>(~line[i] >> QUIET_BITS);
            return left == FAR ? 0 : left;
        };
        archive.ring(lag_, s.event, mean,
                     [=](std::size_t i, i64 left) { line[i] = static_cast<u64>(left); });
        archive.ring(
            lag_, s.event,
            [=](std::size_t i) {
                return mean(i) == 0 ? 0 : i64{static_cast<u16>(static_cast<u16>(line[i]) + 1u)};
            },
            [=](std::size_t i, i64 threshold) {
                line[i] =
                    line[i] == 0 ? 0 : ~line[i] << QUIET_BITS | static_cast<u16>(threshold - 1);
            });
        if (archive.loading()) {
            s.next = s.event = 0;
            s.sum = s.squares = 0;
            for (std::size_t i = 0; i < window_; ++i) {
                s.sum += ring[i];
                s.squares += i64{ring[i]} * ring[i];
            }
        }
    }

  private:
    struct State {
        ExponentialAverage prints;
        ExponentialAverage parents;
        i64 sum;
        i64 squares;
        u32 last_size;
        u16 last_log;
        u16 next;
        u16 filled;
        u16 event;
    };

    // What an event leaves for the one `lag_` later: the parents' mean, its bits turned round, and
    // below it the most octaves that are not loud. Before any event both are zero: FAR, so that
    // nothing is loud.
    static constexpr int QUIET_BITS = 16;
    static_assert(model::volume::OCTAVES.width < QUIET_BITS);
    // Stands for too few values: no size lies above half of such a mean.
    static constexpr i64 FAR = (i64{1} << (64 - QUIET_BITS)) - 1;
    static_assert(64 - QUIET_BITS >= model::formats::SIZE.width + params::VOLUME_MEMORY_MAX + 1);

    // The last parent ends: memory and window take it in.
    HYDROPHONE_INLINE void close(State& s, u16* ring) const {
        s.parents.learn(s.last_size, memory_);
        // A slot not yet reached holds zero, which leaves the sums alone.
        const i64 leaving = ring[s.next], entering = s.last_log;
        ring[s.next] = s.last_log;
        s.next = static_cast<u16>((s.next + 1u) & (window_ - 1));
        s.filled = static_cast<u16>(least<u32>(s.filled + 1u, window_));
        s.sum += entering - leaving;
        s.squares += entering * entering - leaving * leaving;
    }

    // The mean that sizes are measured against.
    HYDROPHONE_INLINE i64 reference(const ExponentialAverage& m) const {
        return m.count >= minimum_ ? m.mean : FAR;
    }

    // Octaves of log2 sizes above half of means.
    HYDROPHONE_INLINE void above(const Column& values, Column& mean, Column& result,
                                 std::size_t count) const {
        using model::volume::OCTAVES;
        log2(mean, mean, count);
        const i64 half = i64{memory_ + 1} << model::formats::LOG.fraction;
        for (std::size_t i = 0; i < count; ++i) {
            const i64 octaves = most<i64>(values[i] - mean[i] + half, 0) >> model::volume::STEP;
            result[i] = least(octaves, OCTAVES.max);
        }
    }

    u32 window_;
    int memory_;
    i64 minimum_;
    int least_variance_log2_;
    u32 lag_;
    u16 quiet_;
    Piece<State> state_;
    Piece<u64> delay_line_;
    Piece<u16> ring_;
};

}  // namespace HYDROPHONE_KERNELS
