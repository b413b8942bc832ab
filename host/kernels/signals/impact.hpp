// Price impact: the latest signed flow times the correlation of flow with price changes; see
// hydrophone_model.signals.impact.
#pragma once

#include "core/average.hpp"
#include "core/flow.hpp"
#include "dsp/correlation.hpp"
#include "signals/quotient.hpp"

namespace HYDROPHONE_KERNELS {

class Impact {
  public:
    using Params = params::ImpactParams;
    struct Input {
        const Column& print;
        const Column& side;
        const Column& move;
    };
    struct Output {
        Column& score;
    };

    Impact(const Params& p, Layouts& layouts)
        : memory_(static_cast<int>(p.memory)),
          flows_(layouts.symbol.reserve<ExponentialAverage>(1)),
          correlation_(p.correlation, layouts) {}

    template <class Chunk>
    HYDROPHONE_INLINE void process(const Chunk& at, const Input& in, const Output& out) const {
        using model::impact::FLOW_FRACTION;
        const i64 down = model::correlation::CORRELATION.fraction + FLOW_FRACTION + memory_ -
                         model::formats::SCORE.fraction;
        Column flow, moved;
        for (std::size_t i = 0; i < at.count; ++i) {
            flow[i] = signed_flow(in.print[i], in.side[i]);
        }
        correlation_.process(at, {.x = flow, .y = in.move}, {.correlation = moved});
        for (std::size_t i = 0; i < at.count; ++i) {
            ExponentialAverage& flows = *flows_.at(at.symbol[i]);
            flows.learn(flow[i] << FLOW_FRACTION, memory_);
            out.score[i] = if_known(flows.settled(memory_), (moved[i] * flows.mean) >> down);
        }
    }

    void state(std::byte* symbol, StateArchive& archive) const {
        archive(*flows_.at(symbol));
        correlation_.state(symbol, archive);
    }

  private:
    int memory_;
    Piece<ExponentialAverage> flows_;
    Correlation correlation_;
};

}  // namespace HYDROPHONE_KERNELS
