// How unusual a print and its parent are for the symbol; see hydrophone_model.whale.volume.
#pragma once

#include "core/state.hpp"
#include "dsp/exp2.hpp"

namespace HYDROPHONE_KERNELS {

class Volume {
  public:
    using Params = params::VolumeParams;
    struct Input {
        i64 symbol;
        i64 print;
        i64 parent;
        i64 closed;
    };
    struct Output {
        i64 z_print;
        i64 z_parent;
        i64 z_window;
    };

    Volume(const Params& p, Layouts& layouts)
        : window_(static_cast<u32>(p.window)),
          memory_(static_cast<int>(p.memory)),
          minimum_(p.minimum),
          least_deviation_(i64{1} << (p.average.fraction - p.floor)),
          least_variance_log2_(static_cast<int>(2 * (model::formats::LOG.fraction - p.floor))),
          state_(layouts.symbol.reserve<State>(1)),
          ring_(layouts.symbol.reserve<u16>(static_cast<std::size_t>(p.window))) {}

    HYDROPHONE_INLINE Output step(Place at, const Input& in) const {
        State& s = *state_.at(at.symbol);
        if (in.closed) {
            close(s, ring_.at(at.symbol));
        }
        const Output out{deviations(s.prints, in.print), deviations(s.parents, in.parent),
                         window_deviations(s, in.parent)};
        learn(s.prints, in.print);
        s.last_parent = static_cast<u16>(in.parent);
        return out;
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

    HYDROPHONE_INLINE i64 deviations(const Memory& m, i64 value) const {
        const i64 above = (value << memory_) - m.mean;
        const i64 deviation = most<i64>(m.deviation, least_deviation_);
        const i64 z = exp2(log2_positive(above) - log2(static_cast<u64>(deviation)),
                           model::volume::DEVIATIONS);
        return (m.count >= minimum_) & (above > 0) ? z : 0;
    }

    HYDROPHONE_INLINE i64 window_deviations(const State& s, i64 parent) const {
        const i64 n = s.filled;
        const i64 above = n * parent - s.sum;
        const i64 floor = (n * n) << least_variance_log2_;
        const i64 variance = most(n * s.squares - s.sum * s.sum, floor);
        const i64 z = exp2(log2_positive(above) - (log2(static_cast<u64>(variance)) >> 1),
                           model::volume::DEVIATIONS);
        return (n >= minimum_) & (above > 0) ? z : 0;
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
