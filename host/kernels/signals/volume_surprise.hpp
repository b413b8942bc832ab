// Volume surprise: how far the net flow exceeds the usual size; see
// hydrophone_model.signals.volume_surprise.
#pragma once

#include "core/average.hpp"
#include "dsp/log2.hpp"
#include "signals/quotient.hpp"

namespace HYDROPHONE_KERNELS {

class VolumeSurprise {
  public:
    using Params = params::VolumeSurpriseParams;
    struct Input {
        const Column& size;
        const Column& side;
    };
    struct Output {
        Column& score;
    };

    VolumeSurprise(const Params& p, Layouts& layouts)
        : fast_(static_cast<int>(p.fast)),
          memory_(static_cast<int>(p.memory)),
          state_(layouts.symbol.reserve<State>(1)) {}

    template <class Chunk>
    HYDROPHONE_INLINE void process(const Chunk& at, const Input& in, const Output& out) const {
        using model::log2::FRACTION, model::volume_surprise::FLOW_FRACTION;
        Column flow, usual, both, settled;
        for (std::size_t i = 0; i < at.count; ++i) {
            State& s = *state_.at(at.symbol[i]);
            s.flow.learn(signed_by(-in.side[i], in.size[i]) << FLOW_FRACTION, fast_);
            s.usual.learn(in.size[i], memory_);
            flow[i] = s.flow.mean;
            usual[i] = s.usual.mean << FLOW_FRACTION;
            settled[i] = s.usual.settled(memory_);
        }
        Column spare;
        for (std::size_t i = 0; i < at.count; ++i) {
            both[i] = (magnitude(flow[i]) << memory_) + usual[i];
            // Wider than columns of logarithms may be, the lowest bits are not looked at.
            spare[i] = both[i] >> 51 ? SPARE : 0;
            both[i] >>= spare[i];
        }
        log2(both, both, at.count);
        log2(usual, usual, at.count);
        constexpr i64 down = FRACTION - model::formats::SCORE.fraction;
        for (std::size_t i = 0; i < at.count; ++i) {
            const i64 octaves = both[i] + (spare[i] << FRACTION) - usual[i];
            const i64 score = keep(flow[i] != 0, signed_by(flow[i] >> 63, octaves >> down));
            out.score[i] = if_known(settled[i] != 0, score);
        }
    }

    void state(std::byte* symbol, StateArchive& archive) const {
        State& s = *state_.at(symbol);
        archive(s.flow);
        archive(s.usual);
    }

  private:
    // Lowest bits that a sum of two averages may lose before its logarithm is taken.
    static constexpr i64 SPARE = 12;
    static_assert(51 - SPARE > model::log2::MANTISSA);

    struct State {
        ExponentialAverage flow;
        ExponentialAverage usual;
    };

    int fast_;
    int memory_;
    Piece<State> state_;
};

}  // namespace HYDROPHONE_KERNELS
