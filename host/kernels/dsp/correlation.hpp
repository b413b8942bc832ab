// Pearson correlation over a sliding window; see hydrophone_model.dsp.correlation.
#pragma once

#include "core/state.hpp"
#include "dsp/exp2.hpp"

namespace HYDROPHONE_KERNELS {

class Correlation {
  public:
    using Params = params::CorrelationParams;
    struct Input {
        i64 symbol;
        i64 x;
        i64 y;
    };
    struct Output {
        i64 correlation;
    };

    Correlation(const Params& p, Layouts& layouts)
        : window_(static_cast<u32>(p.window)),
          minimum_(p.minimum),
          state_(layouts.symbol.reserve<State>(1)),
          ring_(layouts.symbol.reserve<Pair>(static_cast<std::size_t>(p.window))) {}

    HYDROPHONE_INLINE Output step(Place at, const Input& in) const {
        State& s = *state_.at(at.symbol);
        Pair& slot = ring_.at(at.symbol)[s.next];
        // A slot not yet reached holds zeros, which leave the sums alone.
        const i64 x = slot.x, y = slot.y;
        slot = {static_cast<i16>(in.x), static_cast<i16>(in.y)};
        s.next = static_cast<u16>((s.next + 1u) & (window_ - 1));
        s.filled = static_cast<u16>(least<u32>(s.filled + 1u, window_));
        s.x += in.x - x;
        s.y += in.y - y;
        s.xx += in.x * in.x - x * x;
        s.yy += in.y * in.y - y * y;
        s.xy += in.x * in.y - x * y;

        const i64 n = s.filled;
        const i64 covariance = n * s.xy - s.x * s.y;
        const i64 variance_x = n * s.xx - s.x * s.x;
        const i64 variance_y = n * s.yy - s.y * s.y;
        const i64 size = covariance < 0 ? -covariance : covariance;
        const i64 half =
            (log2(static_cast<u64>(variance_x)) + log2(static_cast<u64>(variance_y))) >> 1;
        constexpr i64 one = i64{1} << model::correlation::MAGNITUDE.fraction;
        const i64 magnitude =
            least(exp2(log2(static_cast<u64>(size)) - half, model::correlation::MAGNITUDE), one);
        const bool defined = covariance != 0 && n >= minimum_;
        return {defined ? (covariance < 0 ? -magnitude : magnitude) : 0};
    }

  private:
    struct Pair {
        i16 x;
        i16 y;
    };
    struct State {
        i64 x, y, xx, yy, xy;
        u16 next;
        u16 filled;
    };

    u32 window_;
    i64 minimum_;
    Piece<State> state_;
    Piece<Pair> ring_;
};

}  // namespace HYDROPHONE_KERNELS
