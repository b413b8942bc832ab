// The whale pipeline, whole: one event in, one result out; see hydrophone_model.whale.pipeline.
#pragma once

#include "core/state.hpp"
#include "dsp/log2.hpp"
#include "whale/alert.hpp"
#include "whale/parent.hpp"
#include "whale/pattern.hpp"
#include "whale/score.hpp"
#include "whale/volume.hpp"

namespace HYDROPHONE_KERNELS {

class Pipeline {
  public:
    using Params = params::PipelineParams;

    // The order of the blocks is the order of their states in a symbol's memory: what every event
    // reads comes first.
    Pipeline(const Params& p, Layouts& layouts)
        : parent_(p.parent, layouts),
          volume_(p.volume, layouts),
          alert_(p.alert, layouts),
          pattern_(p.pattern, layouts),
          score_(p.score, layouts) {}

    i64 classes() const { return score_.classes(); }

    void begin(Place at) const {
        score_.begin(at);
        alert_.begin(at);
    }

    // Asks for the memory that an event will touch.
    HYDROPHONE_INLINE void prefetch(Place at, const Event& event) const {
        __builtin_prefetch(at.symbol, 1);
        __builtin_prefetch(at.symbol + 64, 1);
        pattern_.repeat().prefetch(at.symbol,
                                   pattern_.repeat().slots(event.price, event.size, event.side));
    }

    HYDROPHONE_INLINE void step(Place at, const Event& event, Result& result) const {
        const i64 symbol = event.symbol, side = event.side, price = event.price;
        const i64 size = event.size;
        const auto parent =
            parent_.step(at, {symbol, static_cast<i64>(event.time_ns), price, size, side});
        const i64 print = log2(static_cast<u64>(size));
        const auto volume = volume_.step(
            at, {symbol, print, log2(static_cast<u64>(parent.parent_size)), parent.closed});
        const auto pattern = pattern_.step(
            at, {symbol, price, size, side, parent.joined, parent.move, print, volume.z_print});

        Score::Input evidence;
        evidence.symbol = symbol;
        evidence.evidence[Evidence::PRINT] = volume.z_print;
        evidence.evidence[Evidence::PARENT] = volume.z_parent;
        evidence.evidence[Evidence::WINDOW] = volume.z_window;
        evidence.evidence[Evidence::SURPRISE] = pattern.surprise;
        evidence.evidence[Evidence::ORDER] = pattern.order;
        evidence.evidence[Evidence::PERSISTENCE] = pattern.persistence;
        evidence.evidence[Evidence::IMPACT] = pattern.impact;
        for (std::size_t kind = 0; kind < Score::KINDS; ++kind) {
            evidence.evidence[Evidence::MATCH_BLOCK + kind] = pattern.match[kind];
        }
        const auto score = score_.step(at, evidence);
        Alert::Input heads{symbol, side, {}};
        for (std::size_t kind = 0; kind < Score::KINDS; ++kind) {
            heads.heads[kind] = score.heads[kind];
            result.heads[kind] = static_cast<u16>(score.heads[kind]);
        }
        const auto alert = alert_.step(at, heads);
        result.time_ns = event.time_ns;
        result.sequence = event.sequence;
        result.price = event.price;
        result.parent_size = static_cast<u32>(parent.parent_size);
        result.symbol = event.symbol;
        result.side = event.side;
        result.kind = static_cast<u8>(alert.kind);
        result.score = static_cast<u16>(alert.score);
        result.flags =
            static_cast<u16>(alert.alert * ResultFlag::ALERT | alert.episode * ResultFlag::EPISODE |
                             parent.joined * ResultFlag::JOINED | parent.late * ResultFlag::LATE);
    }

  private:
    Parent parent_;
    Volume volume_;
    Alert alert_;
    Pattern pattern_;
    Score score_;
};

}  // namespace HYDROPHONE_KERNELS
