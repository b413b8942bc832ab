// Anomaly score: one head a kind, measured against its own ladder; see
// hydrophone_model.whale.score.
#pragma once

#include "core/state.hpp"
#include "core/state_archive.hpp"
#include "dsp/exp2.hpp"

namespace HYDROPHONE_KERNELS {

// A head's value is measured against its ladder of rungs, which then learns the value. The quotient
// of how far it lies above a rung by the interval to the next interpolates between rungs.
class Score {
  public:
    using Params = params::ScoreParams;
    static constexpr std::size_t KINDS = Rows::KINDS;
    struct Input {
        // A column for every piece of evidence.
        ConstColumns evidence;
    };
    struct Output {
        Rows& heads;
    };

    Score(const Params& p, Layouts& layouts)
        : rungs_(static_cast<std::size_t>(p.rungs)),
          classes_(p.classes),
          ladder_(p.ladder.data),
          ladders_(layouts.group.reserve<Ladder>(1, 64)) {
        for (std::size_t term = 0; term < TERMS; ++term) {
            weights_[term] = p.weights.data[term];
        }
        const i64 step = i64{1} << (model::score::RUNG.fraction - p.step);
        for (std::size_t rung = 0; rung < rungs_; ++rung) {
            const i64 shift = model::score::RUNG_LOG2 * static_cast<i64>(rung + 1);
            falls_[rung] = static_cast<i32>(step >> shift);
            steps_[rung] = static_cast<i32>(step);
        }
    }

    i64 classes() const { return classes_; }

    void begin(std::byte* group) const {
        Ladder& ladder = *ladders_.at(group);
        for (std::size_t rung = 0; rung < MAX_RUNGS; ++rung) {
            for (std::size_t kind = 0; kind < KINDS; ++kind) {
                ladder.rungs[rung][kind] =
                    rung < rungs_ ? static_cast<i32>(ladder_[kind * rungs_ + rung] << DOWN) : TOP;
            }
        }
    }

    template <class Chunk>
    HYDROPHONE_INLINE void process(const Chunk& at, const Input& in, const Output& out) const {
        i32 values[KINDS][CHUNK];
        for (std::size_t kind = 0; kind < KINDS; ++kind) {
            sum(in, kind, values[kind], at.count);
        }
        // Elementwise from here on: rows may pass for columns.
        Rows above, interval, floor, limit, ratio;
        for (std::size_t i = 0; i < at.count; ++i) {
            const i32 now[KINDS] = {values[0][i], values[1][i], values[2][i], values[3][i]};
            climb(*ladders_.at(at.group[i]), now, above.values[i], interval.values[i],
                  floor.values[i], limit.values[i]);
        }
        divide<model::score::RATIO>(&above.values[0][0], &interval.values[0][0], 0,
                                    &ratio.values[0][0], at.count * KINDS);
        for (std::size_t i = 0; i < at.count; ++i) {
            for (std::size_t kind = 0; kind < KINDS; ++kind) {
                const i64 rungs =
                    floor.values[i][kind] + least(ratio.values[i][kind], limit.values[i][kind]);
                out.heads.values[i][kind] =
                    least(model::score::RUNG_LOG2 * rungs, model::formats::TAIL.max);
            }
        }
    }

    void group_state(std::byte* group, StateArchive& archive) const {
        Ladder& ladder = *ladders_.at(group);
        const std::size_t rungs = rungs_;
        archive.values(
            KINDS * rungs, [&](std::size_t i) { return i64{ladder.rungs[i % rungs][i / rungs]}; },
            [&](std::size_t i, i64 rung) {
                ladder.rungs[i % rungs][i / rungs] = static_cast<i32>(rung);
            });
    }

  private:
    static constexpr std::size_t TERMS = sizeof(model::wiring::TERMS) / sizeof(i64);
    static constexpr std::size_t MAX_RUNGS = static_cast<std::size_t>(params::SCORE_RUNGS_MAX);
    static constexpr int DOWN = model::score::RUNG.fraction - model::formats::HEAD.fraction;
    static constexpr i32 TOP = static_cast<i32>(model::score::RUNG.max);
    static_assert(model::score::RUNG.width <= 30);
    static_assert(model::formats::HEAD.max << DOWN < TOP);

    // Rungs from the lowest, each of all kinds. Behind the last one come rungs that stay at the
    // top, which no value exceeds.
    struct Ladder {
        alignas(16) i32 rungs[MAX_RUNGS][KINDS];
    };

    // Weighted sum of a head's evidence.
    HYDROPHONE_INLINE void sum(const Input& in, std::size_t kind, i32* values,
                               std::size_t count) const {
        const auto first = static_cast<std::size_t>(model::wiring::STARTS[kind]);
        const auto end = static_cast<std::size_t>(model::wiring::STARTS[kind + 1]);
        constexpr i32 highest = static_cast<i32>(model::formats::HEAD.max);
        std::size_t i = 0;
#if !defined(HYDROPHONE_SCALAR)
        // Of a 64-bit lane only the lowest 16 bits can differ from zero: products of pairs of
        // 16-bit lanes leave the sum in its lower half.
        static_assert(model::formats::EVIDENCE.width < 16 && model::formats::WEIGHT.width < 16);
        constexpr std::size_t lanes = WIDTH / 2;
        for (; count >= FEW && i < count; i += lanes) {
            i32xn total = {};
            for (std::size_t term = first; term < end; ++term) {
                const Column& evidence = in.evidence[model::wiring::TERMS[term]];
                total += multiply_pairs(load<i32xn>(&evidence[i]),
                                        i32xn{} + static_cast<i32>(weights_[term]));
            }
            total >>= model::formats::WEIGHT.fraction;
            total = total < highest ? total : i32xn{} + highest;
            for (std::size_t lane = 0; lane < lanes; ++lane) {
                values[i + lane] = total[2 * lane];
            }
        }
#endif
        for (; i < count; ++i) {
            i64 total = 0;
            for (std::size_t term = first; term < end; ++term) {
                total += in.evidence[model::wiring::TERMS[term]][i] * weights_[term];
            }
            values[i] =
                static_cast<i32>(least<i64>(total >> model::formats::WEIGHT.fraction, highest));
        }
    }

    // Measures every kind's value against its rungs, which then learn it: how far it lies above the
    // rung below it, the interval to the next rung, the rungs below it as a TAIL, and how much of
    // an interval counts at most. The number of rungs below chooses the interval, not their order.
#if defined(HYDROPHONE_SCALAR)
    HYDROPHONE_INLINE void climb(Ladder& ladder, const i32 (&values)[KINDS], i64* above,
                                 i64* interval, i64* floor, i64* limit) const {
        for (std::size_t kind = 0; kind < KINDS; ++kind) {
            std::size_t below = 0;
            for (std::size_t rung = 0; rung < rungs_; ++rung) {
                // Above a rung cut to a head's resolution exactly if above the rung.
                below += (values[kind] << DOWN) > ladder.rungs[rung][kind];
            }
            const auto at = [&](std::size_t rungs) {
                return rungs == 0 ? 0 : ladder.rungs[rungs - 1][kind] >> DOWN;
            };
            const std::size_t last = least(below, rungs_ - 1);
            above[kind] = values[kind] - at(below);
            interval[kind] = most(at(last + 1) - at(last), 1);
            floor[kind] = static_cast<i64>(below) << model::formats::TAIL.fraction;
            limit[kind] = below < rungs_ ? ONE : model::score::RATIO.max;
            for (std::size_t rung = 0; rung < rungs_; ++rung) {
                i32& moved = ladder.rungs[rung][kind];
                const i32 risen = (values[kind] << DOWN) > moved ? steps_[rung] : 0;
                moved = clamp(moved + risen - falls_[rung], 0, TOP);
            }
        }
    }
#else
    HYDROPHONE_INLINE void climb(Ladder& ladder, const i32 (&heads)[KINDS], i64* above,
                                 i64* interval, i64* floor, i64* limit) const {
        const i32x4 values = {heads[0], heads[1], heads[2], heads[3]};
        const i32x4 fine = values << DOWN;
        i32x4 below = {};
        i32x4 now[MAX_RUNGS];
        for (std::size_t rung = 0; rung < MAX_RUNGS; ++rung) {
            now[rung] = load<i32x4>(ladder.rungs[rung]);
            const i32x4 exceeded = fine > now[rung];
            // Above a rung cut to a head's resolution exactly if above the rung.
            below -= exceeded;
            const i32x4 moved = now[rung] + (exceeded & steps_[rung]) - falls_[rung];
            const i32x4 positive = moved > 0 ? moved : i32x4{};
            store(ladder.rungs[rung], positive < TOP ? positive : i32x4{} + TOP);
        }
        // Of all rungs in turn, keep those that the number below points at.
        const i32 count = static_cast<i32>(rungs_);
        const i32x4 within = below < count;
        // The one below the top rung, too, belongs to the last interval.
        const i32x4 last = below - (~within & 1);
        i32x4 from = {}, width = {}, previous = {};
        for (std::size_t rung = 0; rung < MAX_RUNGS; ++rung) {
            const i32x4 cut = now[rung] >> DOWN;
            from |= (below == static_cast<i32>(rung)) & previous;
            width |= (last == static_cast<i32>(rung)) & (cut - previous);
            previous = cut;
        }
        from |= (below == static_cast<i32>(MAX_RUNGS)) & previous;
        constexpr i32 beyond = static_cast<i32>(model::score::RATIO.max);
        spread(values - from, above);
        spread(width > 1 ? width : i32x4{} + 1, interval);
        spread(below << model::formats::TAIL.fraction, floor);
        spread(within ? i32x4{} + static_cast<i32>(ONE) : i32x4{} + beyond, limit);
    }

    HYDROPHONE_INLINE static void spread(i32x4 values, i64* to) {
        typedef i64 i64x2 __attribute__((vector_size(16)));
        typedef i32 i32x2 __attribute__((vector_size(8)));
        const i32x2 low = __builtin_shufflevector(values, values, 0, 1);
        const i32x2 high = __builtin_shufflevector(values, values, 2, 3);
        store(to, __builtin_convertvector(low, i64x2));
        store(to + 2, __builtin_convertvector(high, i64x2));
    }
#endif

    static constexpr i64 ONE = i64{1} << model::score::RATIO.fraction;

    std::size_t rungs_;
    i64 classes_;
    const i64* ladder_;
    Piece<Ladder> ladders_;
    i64 weights_[TERMS];
    i32 falls_[MAX_RUNGS] = {};
    i32 steps_[MAX_RUNGS] = {};
};

}  // namespace HYDROPHONE_KERNELS
