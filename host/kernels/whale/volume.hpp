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
    };

    Volume(const Params& p, Layouts& layouts)
        : window_(static_cast<u32>(p.window)),
          memory_(static_cast<int>(p.memory)),
          minimum_(p.minimum),
          least_variance_log2_(static_cast<int>(2 * (model::formats::LOG.fraction - p.floor))),
          state_(layouts.symbol.reserve<State>(1)),
          ring_(layouts.symbol.reserve<u16>(static_cast<std::size_t>(p.window))) {}

    template <class Chunk>
    HYDROPHONE_INLINE void process(const Chunk& at, const Input& in, const Output& out) const {
        Column print_mean, print_known, parent_mean, parent_known, window, variance;
        for (std::size_t i = 0; i < at.count; ++i) {
            State& s = *state_.at(at.symbol[i]);
            if (in.closed[i]) {
                close(s, ring_.at(at.symbol[i]));
            }
            print_mean[i] = s.prints.mean;
            print_known[i] = s.prints.count >= minimum_;
            parent_mean[i] = s.parents.mean;
            parent_known[i] = s.parents.count >= minimum_;
            const i64 n = s.filled;
            window[i] = keep(n >= minimum_, n * in.parent[i] - s.sum);
            variance[i] = most(n * s.squares - s.sum * s.sum, (n * n) << least_variance_log2_);
            learn(s.prints, in.size[i]);
            s.last_size = static_cast<u32>(in.parent_size[i]);
            s.last_log = static_cast<u16>(in.parent[i]);
        }
        above(in.print, print_mean, print_known, out.above_print, at.count);
        above(in.parent, parent_mean, parent_known, out.above_parent, at.count);
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
    };

    // The last parent ends: memory and window take it in.
    HYDROPHONE_INLINE void close(State& s, u16* ring) const {
        learn(s.parents, s.last_size);
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

    // Octaves of log2 sizes above half the means of a memory.
    HYDROPHONE_INLINE void above(const Column& values, Column& mean, const Column& known,
                                 Column& result, std::size_t count) const {
        using model::volume::OCTAVES;
        constexpr int down = model::formats::LOG.fraction - OCTAVES.fraction;
        log2(mean, mean, count);
        const i64 half = i64{memory_ + 1} << model::formats::LOG.fraction;
        for (std::size_t i = 0; i < count; ++i) {
            const i64 octaves = most<i64>(values[i] - mean[i] + half, 0) >> down;
            result[i] = keep(known[i] != 0, least(octaves, OCTAVES.max));
        }
    }

    u32 window_;
    int memory_;
    i64 minimum_;
    int least_variance_log2_;
    Piece<State> state_;
    Piece<u16> ring_;
};

}  // namespace HYDROPHONE_KERNELS
