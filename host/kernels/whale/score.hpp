// Anomaly score: one head a kind, measured against its own ladder; see
// hydrophone_model.whale.score.
#pragma once

#include "core/state.hpp"
#include "dsp/exp2.hpp"

namespace HYDROPHONE_KERNELS {

// A head's value is measured against its ladder of rungs, which then learns the value. The quotient
// of how far it lies above a rung by the interval to the next interpolates between rungs.
class Score {
  public:
    using Params = params::ScoreParams;
    static constexpr std::size_t KINDS = model::wiring::KINDS;
    struct Input {
        const Column (&evidence)[model::wiring::EVIDENCE];
    };
    struct Output {
        Column (&heads)[KINDS];
    };

    Score(const Params& p, Layouts& layouts)
        : rungs_(static_cast<std::size_t>(p.rungs)),
          classes_(p.classes),
          ladder_(p.ladder.data),
          ladders_(layouts.group.reserve<i32>(KINDS * STEPS, 64)) {
        const i64 step = i64{1} << (model::score::RUNG.fraction - p.step);
        for (std::size_t rung = 0; rung < rungs_; ++rung) {
            const i64 fall = step >> (model::score::RUNG_LOG2 * static_cast<i64>(rung + 1));
            fall_[rung + 1] = static_cast<i32>(fall);
            step_[rung + 1] = static_cast<i32>(step);
        }
        for (std::size_t term = 0; term < TERMS; ++term) {
            weights_[term] = p.weights.data[term];
        }
    }

    i64 classes() const { return classes_; }

    void begin(std::byte* group) const {
        i32* const lanes = ladders_.at(group);
        for (std::size_t kind = 0; kind < KINDS; ++kind) {
            for (std::size_t lane = 0; lane < STEPS; ++lane) {
                const bool rung = lane > 0 && lane <= rungs_;
                const i64 first = rung ? ladder_[kind * rungs_ + lane - 1] : 0;
                lanes[kind * STEPS + lane] = lane > rungs_ ? TOP : static_cast<i32>(first << DOWN);
            }
        }
    }

    HYDROPHONE_INLINE void process(const Places& at, const Input& in, const Output& out) const {
        for (std::size_t kind = 0; kind < KINDS; ++kind) {
            Column head, above, interval, below, ratio;
            sum(in, kind, head, at.count);
            for (std::size_t i = 0; i < at.count; ++i) {
                i32* const lanes = ladders_.at(at.group[i]) + kind * STEPS;
                // A value is above a rung cut to a head's resolution exactly if it is above it.
                const i32 value = static_cast<i32>(head[i] << DOWN);
                const std::size_t under = count_below(value, lanes);
                const std::size_t upper = least(under + 1, rungs_);
                const i32 width = (lanes[upper] >> DOWN) - (lanes[upper - 1] >> DOWN);
                above[i] = head[i] - (lanes[under] >> DOWN);
                interval[i] = most(width, 1);
                below[i] = static_cast<i64>(under);
                learn(value, lanes);
            }
            divide(above, interval, 0, model::score::RATIO, ratio, at.count);
            const i64 highest = static_cast<i64>(rungs_);
            for (std::size_t i = 0; i < at.count; ++i) {
                constexpr i64 one = i64{1} << model::score::RATIO.fraction;
                const i64 limit = below[i] < highest ? one : model::score::RATIO.max;
                const i64 rungs = below[i] << model::formats::TAIL.fraction;
                const i64 tail = model::score::RUNG_LOG2 * (rungs + least(ratio[i], limit));
                out.heads[kind][i] = least(tail, model::formats::TAIL.max);
            }
        }
    }

  private:
    // A ladder's lanes: zero, the rungs from the lowest, and rungs that no value exceeds.
    static constexpr std::size_t STEPS = 8;
    static constexpr std::size_t TERMS = sizeof(model::wiring::TERMS) / sizeof(i64);
    static constexpr int DOWN = model::score::RUNG.fraction - model::formats::HEAD.fraction;
    static_assert(KINDS == 4);
    static_assert(params::SCORE_RUNGS_MAX < static_cast<i64>(STEPS));
    static constexpr i32 TOP = static_cast<i32>(model::score::RUNG.max);
    static_assert(model::score::RUNG.width <= 30);

    // Weighted sum of a head's evidence.
    HYDROPHONE_INLINE void sum(const Input& in, std::size_t kind, Column& head,
                               std::size_t count) const {
        const auto first = static_cast<std::size_t>(model::wiring::STARTS[kind]);
        const auto end = static_cast<std::size_t>(model::wiring::STARTS[kind + 1]);
        for (std::size_t i = 0; i < count; ++i) {
            i64 total = 0;
            for (std::size_t term = first; term < end; ++term) {
                const i64 evidence = in.evidence[model::wiring::TERMS[term]][i];
                total += evidence * weights_[term];
            }
            head[i] = least(total >> model::formats::WEIGHT.fraction, model::formats::HEAD.max);
        }
    }

    // Number of rungs below a value.
    HYDROPHONE_INLINE static std::size_t count_below(i32 value, const i32* lanes) {
#if defined(HYDROPHONE_SCALAR)
        std::size_t below = 0;
        for (std::size_t lane = 1; lane < STEPS; ++lane) {
            below += value > lanes[lane];
        }
        return below;
#else
        unsigned mask = 0;
        for (std::size_t lane = 0; lane < STEPS; lane += WIDTH) {
            mask |= greater_mask(i32xn{} + value, load<i32xn>(lanes + lane)) << lane;
        }
        return static_cast<std::size_t>(__builtin_popcount(mask >> 1));
#endif
    }

    HYDROPHONE_INLINE void learn(i32 value, i32* lanes) const {
#if defined(HYDROPHONE_SCALAR)
        for (std::size_t lane = 1; lane <= rungs_; ++lane) {
            const i32 risen = value > lanes[lane] ? step_[lane] : 0;
            lanes[lane] = clamp(lanes[lane] + risen - fall_[lane], 0, TOP);
        }
#else
        for (std::size_t lane = 0; lane < STEPS; lane += WIDTH) {
            const i32xn now = load<i32xn>(lanes + lane);
            const i32xn risen = (i32xn{} + value > now) & load<i32xn>(step_ + lane);
            const i32xn moved = now + risen - load<i32xn>(fall_ + lane);
            const i32xn positive = moved > 0 ? moved : i32xn{};
            store(lanes + lane, positive < TOP ? positive : i32xn{} + TOP);
        }
#endif
    }

    std::size_t rungs_;
    i64 classes_;
    const i64* ladder_;
    Piece<i32> ladders_;
    i64 weights_[TERMS];
    // What every rung falls, and what it rises beside when exceeded; lanes without a rung stay.
    alignas(64) i32 fall_[STEPS] = {};
    alignas(64) i32 step_[STEPS] = {};
};

}  // namespace HYDROPHONE_KERNELS
