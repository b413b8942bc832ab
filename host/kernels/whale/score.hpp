// Anomaly score: one head a kind, measured against its own ladder; see
// hydrophone_model.whale.score.
#pragma once

#include "core/state.hpp"
#include "dsp/exp2.hpp"

namespace HYDROPHONE_KERNELS {

class Score {
  public:
    using Params = params::ScoreParams;
    static constexpr std::size_t KINDS = model::wiring::KINDS;
    struct Input {
        i64 symbol;
        i64 evidence[model::wiring::EVIDENCE];
    };
    struct Output {
        i64 heads[KINDS];
    };

    Score(const Params& p, Layouts& layouts)
        : rungs_(static_cast<std::size_t>(p.rungs)),
          classes_(p.classes),
          ladder_(p.ladder.data),
          ladders_(layouts.group.reserve<i32>(KINDS * LANES, 64)) {
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

    void begin(Place at) const {
        i32* const lanes = ladders_.at(at.group);
        for (std::size_t kind = 0; kind < KINDS; ++kind) {
            for (std::size_t lane = 0; lane < LANES; ++lane) {
                const bool rung = lane > 0 && lane <= rungs_;
                const i64 first = rung ? ladder_[kind * rungs_ + lane - 1] : 0;
                lanes[kind * LANES + lane] = lane > rungs_ ? TOP : static_cast<i32>(first << DOWN);
            }
        }
    }

    HYDROPHONE_INLINE Output step(Place at, const Input& in) const {
        i32* const ladders = ladders_.at(at.group);
        Output out;
        for (std::size_t kind = 0; kind < KINDS; ++kind) {
            i64 sum = 0;
            for (i64 term = model::wiring::STARTS[kind]; term < model::wiring::STARTS[kind + 1];
                 ++term) {
                sum += in.evidence[model::wiring::TERMS[term]] * weights_[term];
            }
            const i64 head = saturate(sum >> model::formats::WEIGHT.fraction, model::formats::HEAD);
            out.heads[kind] = tail(head, ladders + kind * LANES);
        }
        return out;
    }

  private:
    // A ladder's lanes: zero, the rungs from the lowest, and rungs that no value exceeds.
    static constexpr std::size_t LANES = 8;
    static constexpr std::size_t TERMS = sizeof(model::wiring::TERMS) / sizeof(i64);
    static constexpr int DOWN = model::score::RUNG.fraction - model::formats::HEAD.fraction;
    static_assert(params::SCORE_RUNGS_MAX < static_cast<i64>(LANES));
    static constexpr i32 TOP = static_cast<i32>(model::score::RUNG.max);
    static_assert(model::score::RUNG.width <= 30);

    // -log2 tail probability of a head's value against its ladder, which then learns the value.
    HYDROPHONE_INLINE i64 tail(i64 head, i32* lanes) const {
        // A value is above a rung cut to a head's resolution exactly if it is above the rung.
        const i32 value = static_cast<i32>(head << DOWN);
        const std::size_t last_lane = rungs_;
        const auto shifted = [lanes](std::size_t lane) { return lanes[lane] >> DOWN; };
        const std::size_t below = count_below(value, lanes);
        const std::size_t upper = least(below + 1, last_lane);
        const i64 above = most<i64>(head - shifted(below), 0);
        const i64 interval = most<i64>(shifted(upper) - shifted(upper - 1), 1);
        learn(value, lanes);
        using namespace model::score;
        const i64 ratio =
            exp2(log2(static_cast<u64>(above)) - log2(static_cast<u64>(interval)), RATIO);
        constexpr i64 one = i64{1} << RATIO.fraction;
        const i64 cut = below < last_lane ? least(ratio, one) : ratio;
        const i64 part = above > 0 ? cut : 0;
        const i64 rungs = static_cast<i64>(below) << model::formats::TAIL.fraction;
        return saturate(RUNG_LOG2 * (rungs + part), model::formats::TAIL);
    }

    // Number of rungs below a value.
    HYDROPHONE_INLINE static std::size_t count_below(i32 value, const i32* lanes) {
#if defined(HYDROPHONE_SCALAR)
        std::size_t below = 0;
        for (std::size_t lane = 1; lane < LANES; ++lane) {
            below += value > lanes[lane];
        }
        return below;
#else
        unsigned mask = 0;
        for (std::size_t lane = 0; lane < LANES; lane += WIDTH) {
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
        for (std::size_t lane = 0; lane < LANES; lane += WIDTH) {
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
    alignas(64) i32 fall_[LANES] = {};
    alignas(64) i32 step_[LANES] = {};
};

}  // namespace HYDROPHONE_KERNELS
