// The eight signals side by side; see hydrophone_model.signals.signals.
#pragma once

#include "core/state.hpp"
#include "signals/hearing.hpp"
#include "signals/imbalance.hpp"
#include "signals/impact.hpp"
#include "signals/momentum.hpp"
#include "signals/order.hpp"
#include "signals/reversion.hpp"
#include "signals/surprise.hpp"
#include "signals/trend.hpp"

namespace HYDROPHONE_KERNELS {

class Signals {
  public:
    using Params = params::SignalsParams;
    static constexpr std::size_t SYSTEMS = 8;
    static constexpr std::size_t FIRST_LINES = 4;
    struct Input {
        const Column& price;
        const Column& size;
        const Column& side;
        const Column& tail;
    };
    struct Output {
        // The first of a column for every system, in the order of System.
        Column* column;
    };

    Signals(const Params& p, Layouts& layouts)
        : price_(layouts.symbol.reserve<u32>(1)),
          hearing_(p.hearing, layouts),
          surprise_(p.surprise, layouts),
          reversion_(p.reversion, layouts),
          trend_(p.trend, layouts),
          momentum_(p.momentum, layouts),
          imbalance_(p.imbalance, layouts),
          order_(p.order, layouts),
          impact_(p.impact, layouts) {}

    template <class Chunk>
    HYDROPHONE_INLINE void process(const Chunk& at, const Input& in, const Output& out) const {
        Column change, move, print;
        for (std::size_t i = 0; i < at.count; ++i) {
            // A price of zero stands for none.
            u32& last = *price_.at(at.symbol[i]);
            const i64 moved = keep(last != 0, in.price[i] - i64{last});
            last = static_cast<u32>(in.price[i]);
            change[i] = saturate(moved, model::formats::CHANGE);
            move[i] =
                signed_by(change[i] >> 63, bit_length(static_cast<u64>(magnitude(change[i]))));
        }
        log2(in.size, print, at.count);
        Column* const score = out.column;
        momentum_.process(at, {change}, {score[System::MOMENTUM]});
        reversion_.process(at, {in.price}, {score[System::REVERSION]});
        imbalance_.process(at, {in.size, in.side}, {score[System::IMBALANCE]});
        surprise_.process(at, {in.size, in.side}, {score[System::SURPRISE]});
        order_.process(at, {print, in.side}, {score[System::ORDER]});
        impact_.process(at, {print, in.side, move}, {score[System::IMPACT]});
        trend_.process(at, {change}, {score[System::TREND]});
        hearing_.process(at, {in.side, in.tail}, {score[System::HEARING]});
    }

  private:
    Piece<u32> price_;
    Hearing hearing_;
    Surprise surprise_;
    Reversion reversion_;
    Trend trend_;
    Momentum momentum_;
    Imbalance imbalance_;
    Order order_;
    Impact impact_;
};

}  // namespace HYDROPHONE_KERNELS
