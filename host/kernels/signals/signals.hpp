// The eight signals side by side; see hydrophone_model.signals.signals.
#pragma once

#include "core/state.hpp"
#include "core/state_archive.hpp"
#include "signals/imbalance.hpp"
#include "signals/impact.hpp"
#include "signals/momentum.hpp"
#include "signals/reversion.hpp"
#include "signals/size_entropy.hpp"
#include "signals/trend.hpp"
#include "signals/volume_surprise.hpp"
#include "signals/whale_flow.hpp"

namespace HYDROPHONE_KERNELS {

class Signals {
  public:
    using Params = params::SignalsParams;
    static constexpr std::size_t SYSTEMS = System::COUNT;
    static constexpr std::size_t FIRST_LINES = 4;
    struct Input {
        const Column& price;
        const Column& size;
        const Column& side;
        const Column& tail;
    };
    struct Output {
        // A column for every system, in the order of System.
        Columns column;
    };

    Signals(const Params& p, Layouts& layouts)
        : price_(layouts.symbol.reserve<u32>(1)),
          whale_flow_(p.whale_flow, layouts),
          volume_surprise_(p.volume_surprise, layouts),
          reversion_(p.reversion, layouts),
          trend_(p.trend, layouts),
          momentum_(p.momentum, layouts),
          imbalance_(p.imbalance, layouts),
          size_entropy_(p.size_entropy, layouts),
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
        const Columns score = out.column;
        momentum_.process(at, {.change = change}, {.score = score[System::MOMENTUM]});
        reversion_.process(at, {.price = in.price}, {.score = score[System::REVERSION]});
        imbalance_.process(at, {.size = in.size, .side = in.side},
                           {.score = score[System::IMBALANCE]});
        volume_surprise_.process(at, {.size = in.size, .side = in.side},
                                 {.score = score[System::VOLUME_SURPRISE]});
        size_entropy_.process(at, {.print = print, .side = in.side},
                              {.score = score[System::SIZE_ENTROPY]});
        impact_.process(at, {.print = print, .side = in.side, .move = move},
                        {.score = score[System::IMPACT]});
        trend_.process(at, {.change = change}, {.score = score[System::TREND]});
        whale_flow_.process(at, {.side = in.side, .tail = in.tail},
                            {.score = score[System::WHALE_FLOW]});
    }

    // In the order of System.
    void state(std::byte* symbol, StateArchive& archive) const {
        archive(*price_.at(symbol));
        momentum_.state(symbol, archive);
        reversion_.state(symbol, archive);
        imbalance_.state(symbol, archive);
        volume_surprise_.state(symbol, archive);
        size_entropy_.state(symbol, archive);
        impact_.state(symbol, archive);
        trend_.state(symbol, archive);
        whale_flow_.state(symbol, archive);
    }

  private:
    Piece<u32> price_;
    WhaleFlow whale_flow_;
    VolumeSurprise volume_surprise_;
    Reversion reversion_;
    Trend trend_;
    Momentum momentum_;
    Imbalance imbalance_;
    SizeEntropy size_entropy_;
    Impact impact_;
};

}  // namespace HYDROPHONE_KERNELS
