// Mean reversion: how far a price lies below its average; see hydrophone_model.signals.reversion.
#pragma once

#include "core/average.hpp"
#include "signals/quotient.hpp"

namespace HYDROPHONE_KERNELS {

class Reversion {
  public:
    using Params = params::ReversionParams;
    struct Input {
        const Column& price;
    };
    struct Output {
        Column& score;
    };

    Reversion(const Params& p, Layouts& layouts)
        : memory_(static_cast<int>(p.memory)), state_(layouts.symbol.reserve<State>(1)) {}

    template <class Chunk>
    HYDROPHONE_INLINE void process(const Chunk& at, const Input& in, const Output& out) const {
        using model::reversion::DEVIATION;
        Column below, variance, settled;
        for (std::size_t i = 0; i < at.count; ++i) {
            State& s = *state_.at(at.symbol[i]);
            const i64 price = in.price[i] << DEVIATION.fraction;
            s.mean.learn(price, memory_);
            const i64 above = saturate(((price << memory_) - s.mean.mean) >> memory_, DEVIATION);
            s.variance.learn(above * above, memory_);
            below[i] = -above;
            variance[i] = s.variance.mean;
            settled[i] = s.mean.settled(memory_);
        }
        over_root(below, variance, memory_, out.score, at.count);
        if_known(settled, out.score, at.count);
    }

    void state(std::byte* symbol, StateArchive& archive) const {
        State& s = *state_.at(symbol);
        archive(s.mean);
        archive(s.variance);
    }

  private:
    struct State {
        ExponentialAverage mean;
        ExponentialAverage variance;
    };

    int memory_;
    Piece<State> state_;
};

}  // namespace HYDROPHONE_KERNELS
