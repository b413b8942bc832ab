// The whale pipeline, whole: one event in, one result out; see hydrophone_model.whale.pipeline.
#pragma once

#include "core/kernels.hpp"
#include "core/state.hpp"
#include "core/state_archive.hpp"
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

    void begin(std::byte* group) const {
        score_.begin(group);
        alert_.begin(group);
    }

    void view(const std::byte* symbol, const std::byte* group, SymbolView& view) const {
        parent_.view(symbol, view);
        alert_.view(symbol, group, view);
    }

    // Adds what it counts of the chunk's events to the counters.
    template <class Chunk>
    HYDROPHONE_INLINE void process(const Chunk& at, const Event* events, Result* results,
                                   Counters& counters) const {
        const std::size_t count = at.count;
        Column time_ns, price, size, side;
        for (std::size_t i = 0; i < count; ++i) {
            time_ns[i] = static_cast<i64>(events[i].time_ns);
            price[i] = events[i].price;
            size[i] = events[i].size;
            side[i] = events[i].side;
        }
        Column parent_size, joined, closed, late, move;
        parent_.process(at, {.time_ns = time_ns, .price = price, .size = size, .side = side},
                        {.parent_size = parent_size,
                         .joined = joined,
                         .closed = closed,
                         .late = late,
                         .move = move});
        Column print, parent;
        log2(size, print, count);
        log2(parent_size, parent, count);

        Column evidence[model::wiring::EVIDENCE], loud;
        Column& above_print = evidence[Evidence::PRINT];
        volume_.process(at,
                        {.size = size,
                         .parent_size = parent_size,
                         .print = print,
                         .parent = parent,
                         .closed = closed},
                        {.above_print = above_print,
                         .above_parent = evidence[Evidence::PARENT],
                         .z_window = evidence[Evidence::WINDOW],
                         .loud = loud});
        static_assert(Evidence::MATCH_BLOCK + Score::KINDS == model::wiring::EVIDENCE);
        Column* const match = &evidence[Evidence::MATCH_BLOCK];
        pattern_.process(at,
                         {.price = price,
                          .size = size,
                          .side = side,
                          .joined = joined,
                          .move = move,
                          .print = print,
                          .above_print = above_print},
                         {.match = match,
                          .order = evidence[Evidence::ORDER],
                          .surprise = evidence[Evidence::SURPRISE],
                          .persistence = evidence[Evidence::PERSISTENCE],
                          .impact = evidence[Evidence::IMPACT]});

        Rows heads;
        Column alert, episode, kind, score;
        score_.process(at, {.evidence = evidence}, {.heads = heads});
        alert_.process(at, {.side = side, .joined = joined, .heads = heads},
                       {.alert = alert, .episode = episode, .kind = kind, .score = score});
        counters.events += count;
        for (std::size_t i = 0; i < count; ++i) {
            counters.alerts += static_cast<u64>(alert[i]);
            counters.late += static_cast<u64>(late[i]);
        }
        for (std::size_t i = 0; i < count; ++i) {
            const Event& event = events[i];
            results[i] = {.time_ns = event.time_ns,
                          .sequence = event.sequence,
                          .price = event.price,
                          .parent_size = static_cast<u32>(parent_size[i]),
                          .symbol = event.symbol,
                          .side = event.side,
                          .kind = static_cast<u8>(kind[i]),
                          .score = static_cast<u16>(score[i]),
                          .flags = static_cast<u16>(
                              alert[i] * ResultFlag::ALERT | episode[i] * ResultFlag::EPISODE |
                              joined[i] * ResultFlag::JOINED | late[i] * ResultFlag::LATE |
                              loud[i] * ResultFlag::LOUD),
                          .heads = {}};
            for (std::size_t head = 0; head < Score::KINDS; ++head) {
                results[i].heads[head] = static_cast<u16>(heads.values[i][head]);
            }
        }
    }

    // In the order of the golden model's parts.
    void state(std::byte* symbol, StateArchive& archive) const {
        parent_.state(symbol, archive);
        volume_.state(symbol, archive);
        pattern_.state(symbol, archive);
        alert_.state(symbol, archive);
    }

    void group_state(std::byte* group, StateArchive& archive) const {
        score_.group_state(group, archive);
        alert_.group_state(group, archive);
    }

  private:
    Parent parent_;
    Volume volume_;
    Alert alert_;
    Pattern pattern_;
    Score score_;
};

}  // namespace HYDROPHONE_KERNELS
