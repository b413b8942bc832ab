// How unusual a print and its parent are for the symbol; see hydrophone_model.whale.volume.
#pragma once

#include "core/state.hpp"
#include "dsp/exp2.hpp"

namespace HYDROPHONE_KERNELS {

class Volume {
  public:
    using Params = params::VolumeParams;
    struct Input {
        const Column& print;
        const Column& parent;
        const Column& closed;
    };
    struct Output {
        Column& z_print;
        Column& z_parent;
        Column& z_window;
    };

    Volume(const Params& p, Layouts& layouts)
        : window_(static_cast<u32>(p.window)),
          memory_(static_cast<int>(p.memory)),
          minimum_(p.minimum),
          least_deviation_(i64{1} << (p.average.fraction - p.floor)),
          least_variance_log2_(static_cast<int>(2 * (model::formats::LOG.fraction - p.floor))),
          state_(layouts.symbol.reserve<State>(1)),
          ring_(layouts.symbol.reserve<u16>(static_cast<std::size_t>(p.window))) {}

    HYDROPHONE_INLINE void process(const Places& at, const Input& in, const Output& out) const {
        Column print, print_scale, parent, parent_scale, window, variance;
        for (std::size_t i = 0; i < at.count; ++i) {
            State& s = *state_.at(at.symbol[i]);
            if (in.closed[i]) {
                close(s, ring_.at(at.symbol[i]));
            }
            print[i] = above(s.prints, in.print[i]);
            print_scale[i] = most<i64>(s.prints.deviation, least_deviation_);
            parent[i] = above(s.parents, in.parent[i]);
            parent_scale[i] = most<i64>(s.parents.deviation, least_deviation_);
            const i64 n = s.filled;
            window[i] = keep(n >= minimum_, n * in.parent[i] - s.sum);
            variance[i] = most(n * s.squares - s.sum * s.sum, (n * n) << least_variance_log2_);
            learn(s.prints, in.print[i]);
            s.last_parent = static_cast<u16>(in.parent[i]);
        }
        divide(print, print_scale, 0, model::volume::DEVIATIONS, out.z_print, at.count);
        divide(parent, parent_scale, 0, model::volume::DEVIATIONS, out.z_parent, at.count);
        divide(window, variance, 1, model::volume::DEVIATIONS, out.z_window, at.count);
    }

  private:
    struct Memory {
        i32 mean;
        i32 deviation;
        i32 count;
    };
    struct State {
        i64 sum;
        i64 squares;
        Memory prints;
        Memory parents;
        u16 next;
        u16 filled;
        u16 last_parent;
    };

    HYDROPHONE_INLINE void close(State& s, u16* ring) const {
        learn(s.parents, s.last_parent);
        // A slot not yet reached holds zero, which leaves the sums alone.
        const i64 leaving = ring[s.next], entering = s.last_parent;
        ring[s.next] = s.last_parent;
        s.next = static_cast<u16>((s.next + 1u) & (window_ - 1));
        s.filled = static_cast<u16>(least<u32>(s.filled + 1u, window_));
        s.sum += entering - leaving;
        s.squares += entering * entering - leaving * leaving;
    }

    HYDROPHONE_INLINE void learn(Memory& m, i64 value) const {
        const i32 count = m.count + 1;
        const int rate = bit_length(static_cast<u32>(count)) - 1;
        const i32 target = static_cast<i32>(value << memory_);
        m.mean += (target - m.mean) >> rate;
        const i32 distance = target < m.mean ? m.mean - target : target - m.mean;
        m.deviation += (distance - m.deviation) >> rate;
        m.count = least(count, (1 << memory_) - 1);
    }

    // How far a value lies above a memory's mean; zero while the memory knows too little.
    HYDROPHONE_INLINE i64 above(const Memory& m, i64 value) const {
        return keep(m.count >= minimum_, (value << memory_) - m.mean);
    }

    u32 window_;
    int memory_;
    i64 minimum_;
    i64 least_deviation_;
    int least_variance_log2_;
    Piece<State> state_;
    Piece<u16> ring_;
};

}  // namespace HYDROPHONE_KERNELS
