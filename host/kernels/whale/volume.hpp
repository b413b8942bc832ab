// How unusual a print and its parent are for the symbol; see hydrophone_model.whale.volume.
#pragma once

#include "core/state.hpp"
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
          left_(layouts.symbol.reserve<Left>(static_cast<std::size_t>(p.lag))),
          ring_(layouts.symbol.reserve<u16>(static_cast<std::size_t>(p.window))) {}

    template <class Chunk>
    HYDROPHONE_INLINE void process(const Chunk& at, const Input& in, const Output& out) const {
        Column print_mean, print_known, lift, quiet, window, variance;
        for (std::size_t i = 0; i < at.count; ++i) {
            State& s = *state_.at(at.symbol[i]);
            if (in.closed[i]) {
                close(s, ring_.at(at.symbol[i]));
            }
            print_mean[i] = s.prints.mean;
            print_known[i] = s.prints.count >= minimum_;
            Left& left = left_.at(at.symbol[i])[s.event++ & (lag_ - 1)];
            lift[i] = left.lift;
            quiet[i] = left.quiet;
            left = {s.lift, quiet_};
            const i64 n = s.filled;
            window[i] = keep(n >= minimum_, n * in.parent[i] - s.sum);
            variance[i] = most(n * s.squares - s.sum * s.sum, (n * n) << least_variance_log2_);
            learn(s.prints, in.size[i]);
            s.last_size = static_cast<u32>(in.parent_size[i]);
            s.last_log = static_cast<u16>(in.parent[i]);
        }
        log2(print_mean, print_mean, at.count);
        for (std::size_t i = 0; i < at.count; ++i) {
            const i64 lifted = keep(print_known[i] != 0, NOTHING - half(print_mean[i]));
            out.above_print[i] = above(in.print[i], lifted);
            out.above_parent[i] = above(in.parent[i], lift[i]);
            out.loud[i] = out.above_parent[i] > quiet[i];
        }
        divide<model::volume::DEVIATIONS>(window.values, variance.values, 1, out.z_window.values,
                                          at.count);
    }

  private:
    struct Memory {
        i64 mean;
        i64 count;
    };
    struct State {
        Memory prints;
        Memory parents;
        i64 sum;
        i64 squares;
        u32 last_size;
        u16 last_log;
        u16 next;
        u16 filled;
        u16 lift;
        u16 event;
    };
    // What an event leaves for the one `lag_` later: how far its reference lies below NOTHING, and
    // the most octaves that are not loud. Before any event both are zero, so that nothing is loud.
    struct Left {
        u16 lift;
        u16 quiet;
    };
    static constexpr i64 NOTHING = model::volume::REFERENCE.max;

    // The last parent ends: memory and window take it in.
    HYDROPHONE_INLINE void close(State& s, u16* ring) const {
        learn(s.parents, s.last_size);
        if (s.parents.count >= minimum_) {
            s.lift = static_cast<u16>(NOTHING - half(log2(static_cast<u64>(s.parents.mean))));
        }
        // A slot not yet reached holds zero, which leaves the sums alone.
        const i64 leaving = ring[s.next], entering = s.last_log;
        ring[s.next] = s.last_log;
        s.next = static_cast<u16>((s.next + 1u) & (window_ - 1));
        s.filled = static_cast<u16>(least<u32>(s.filled + 1u, window_));
        s.sum += entering - leaving;
        s.squares += entering * entering - leaving * leaving;
    }

    HYDROPHONE_INLINE void learn(Memory& m, i64 size) const {
        const int rate = bit_length(static_cast<u64>(m.count + 1)) - 1;
        m.mean += ((size << memory_) - m.mean) >> rate;
        m.count = least(m.count + 1, (i64{1} << memory_) - 1);
    }

    // log2 of half a mean, from the mean's.
    HYDROPHONE_INLINE i64 half(i64 mean_log) const {
        return mean_log - (i64{memory_ + 1} << model::formats::LOG.fraction);
    }

    // Octaves of a log2 size above a reference, which lies `lift` below NOTHING.
    HYDROPHONE_INLINE static i64 above(i64 size, i64 lift) {
        const i64 octaves = most<i64>(size + lift - NOTHING, 0) >> model::volume::STEP;
        return least(octaves, model::volume::OCTAVES.max);
    }

    u32 window_;
    int memory_;
    i64 minimum_;
    int least_variance_log2_;
    u32 lag_;
    u16 quiet_;
    Piece<State> state_;
    Piece<Left> left_;
    Piece<u16> ring_;
};

}  // namespace HYDROPHONE_KERNELS
