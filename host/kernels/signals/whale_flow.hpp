// Whale flow: exponential average of whale scores, signed by the aggressor's side; see
// hydrophone_model.signals.whale_flow.
#pragma once

#include "core/average.hpp"
#include "signals/quotient.hpp"

namespace HYDROPHONE_KERNELS {

class WhaleFlow {
  public:
    using Params = params::WhaleFlowParams;
    struct Input {
        const Column& side;
        const Column& tail;
    };
    struct Output {
        Column& score;
    };

    WhaleFlow(const Params& p, Layouts& layouts)
        : memory_(static_cast<int>(p.memory)),
          floor_(p.floor),
          flow_(layouts.symbol.reserve<ExponentialAverage>(1)) {}

    template <class Chunk>
    HYDROPHONE_INLINE void process(const Chunk& at, const Input& in, const Output& out) const {
        using model::whale_flow::LOUD_FRACTION;
        using namespace model::formats;
        const i64 down = TAIL.fraction + LOUD_FRACTION + memory_ - SCORE.fraction;
        for (std::size_t i = 0; i < at.count; ++i) {
            ExponentialAverage& flow = *flow_.at(at.symbol[i]);
            const i64 loud = most<i64>(in.tail[i] - floor_, 0) << LOUD_FRACTION;
            flow.learn(signed_by(-in.side[i], loud), memory_);
            out.score[i] = if_known(flow.settled(memory_), flow.mean >> down);
        }
    }

    void state(std::byte* symbol, StateArchive& archive) const { archive(*flow_.at(symbol)); }

  private:
    int memory_;
    i64 floor_;
    Piece<ExponentialAverage> flow_;
};

}  // namespace HYDROPHONE_KERNELS
