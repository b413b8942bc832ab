// Pearson correlation over a sliding window; see hydrophone_model.dsp.correlation.
#pragma once

#include "core/state.hpp"
#include "core/state_archive.hpp"
#include "dsp/exp2.hpp"

namespace HYDROPHONE_KERNELS {

class Correlation {
  public:
    using Params = params::CorrelationParams;
    struct Input {
        const Column& x;
        const Column& y;
    };
    struct Output {
        Column& correlation;
    };

    Correlation(const Params& p, Layouts& layouts)
        : window_(static_cast<u32>(p.window)),
          minimum_(p.minimum),
          state_(layouts.symbol.reserve<State>(1)),
          ring_(layouts.symbol.reserve<Pair>(static_cast<std::size_t>(p.window))) {}

    template <class Chunk>
    HYDROPHONE_INLINE void process(const Chunk& at, const Input& in, const Output& out) const {
        Column sign, size, variance_x, variance_y;
        for (std::size_t i = 0; i < at.count; ++i) {
            const State& s = slide(at.symbol[i], in.x[i], in.y[i]);
            const i64 n = s.filled;
            const i64 covariance = n * s.xy - s.x * s.y;
            sign[i] = covariance >> 63;
            size[i] = keep(n >= minimum_, (covariance ^ sign[i]) - sign[i]);
            variance_x[i] = n * s.xx - s.x * s.x;
            variance_y[i] = n * s.yy - s.y * s.y;
        }
        Column numerator, log2_x, log2_y, magnitude;
        log2(size, numerator, at.count);
        log2(variance_x, log2_x, at.count);
        log2(variance_y, log2_y, at.count);
        for (std::size_t i = 0; i < at.count; ++i) {
            numerator[i] -= (log2_x[i] + log2_y[i]) >> 1;
        }
        exp2<model::correlation::MAGNITUDE>(numerator, magnitude, at.count);
        constexpr i64 one = i64{1} << model::correlation::MAGNITUDE.fraction;
        for (std::size_t i = 0; i < at.count; ++i) {
            const i64 known = keep(size[i] != 0, least(magnitude[i], one));
            out.correlation[i] = (known ^ sign[i]) - sign[i];
        }
    }

    void state(std::byte* symbol, StateArchive& archive) const {
        State& s = *state_.at(symbol);
        Pair* const ring = ring_.at(symbol);
        archive(s.filled);
        archive.ring(
            window_, s.next, [=](std::size_t i) { return i64{ring[i].x}; },
            [=](std::size_t i, i64 x) { ring[i].x = static_cast<i16>(x); });
        archive.ring(
            window_, s.next, [=](std::size_t i) { return i64{ring[i].y}; },
            [=](std::size_t i, i64 y) { ring[i].y = static_cast<i16>(y); });
        if (archive.loading()) {
            s.next = 0;
            s.x = s.y = s.xx = s.yy = s.xy = 0;
            for (std::size_t i = 0; i < window_; ++i) {
                const i64 x = ring[i].x, y = ring[i].y;
                s.x += x;
                s.y += y;
                s.xx += x * x;
                s.yy += y * y;
                s.xy += x * y;
            }
        }
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

    // Takes a pair into the symbol's window.
    HYDROPHONE_INLINE const State& slide(std::byte* symbol, i64 new_x, i64 new_y) const {
        State& s = *state_.at(symbol);
        Pair& slot = ring_.at(symbol)[s.next];
        // A slot not yet reached holds zeros, which leave the sums alone.
        const i64 x = slot.x, y = slot.y;
        slot = {static_cast<i16>(new_x), static_cast<i16>(new_y)};
        s.next = static_cast<u16>((s.next + 1u) & (window_ - 1));
        s.filled = static_cast<u16>(least<u32>(s.filled + 1u, window_));
        s.x += new_x - x;
        s.y += new_y - y;
        s.xx += new_x * new_x - x * x;
        s.yy += new_y * new_y - y * y;
        s.xy += new_x * new_y - x * y;
        return s;
    }

    u32 window_;
    i64 minimum_;
    Piece<State> state_;
    Piece<Pair> ring_;
};

}  // namespace HYDROPHONE_KERNELS
