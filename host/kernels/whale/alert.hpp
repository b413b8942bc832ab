// Alerts within a budget, one episode a whale; see hydrophone_model.whale.alert.
#pragma once

#include "core/state.hpp"

namespace HYDROPHONE_KERNELS {

class Alert {
  public:
    using Params = params::AlertParams;
    static constexpr std::size_t KINDS = model::wiring::KINDS;
    struct Input {
        const Column& side;
        const Column (&heads)[KINDS];
    };
    struct Output {
        Column& alert;
        Column& episode;
        Column& kind;
        Column& score;
    };

    Alert(const Params& p, Layouts& layouts)
        : classes_(p.classes),
          lift_(p.lift),
          hold_events_(static_cast<u16>(p.hold)),
          hysteresis_(p.hysteresis),
          hold_(layouts.symbol.reserve<u16>(2)),
          thresholds_(layouts.group.reserve<i64>(KINDS, 32)) {
        for (std::size_t kind = 0; kind < KINDS; ++kind) {
            falls_[kind] = p.falls.data[kind];
            first_[kind] = p.first_thresholds.data[kind];
        }
    }

    i64 classes() const { return classes_; }

    void begin(std::byte* group) const {
        for (std::size_t kind = 0; kind < KINDS; ++kind) {
            thresholds_.at(group)[kind] = first_[kind];
        }
    }

    HYDROPHONE_INLINE void process(const Places& at, const Input& in, const Output& out) const {
        for (std::size_t i = 0; i < at.count; ++i) {
            decide(at, in, i, out);
        }
    }

  private:
    static constexpr i64 NEVER = -(i64{1} << 40);

    HYDROPHONE_INLINE void decide(const Places& at, const Input& in, std::size_t i,
                                  const Output& out) const {
        using model::alert::THRESHOLD;
        constexpr int down = THRESHOLD.fraction - model::formats::TAIL.fraction;
        i64* const thresholds = thresholds_.at(at.group[i]);
        u16* const hold = hold_.at(at.symbol[i]);

        const i64 side = in.side[i];
        i64 margins[KINDS];
        i64 loudest = in.heads[0][i], nearest = NEVER;
        i64 loudest_kind = 0, fired_kind = 0;
        for (std::size_t kind = 0; kind < KINDS; ++kind) {
            // A head whose threshold never falls, for its share is zero, never fires.
            const i64 margin = in.heads[kind][i] - (thresholds[kind] >> down);
            margins[kind] = falls_[kind] > 0 ? margin : NEVER;
            const bool louder = in.heads[kind][i] > loudest;
            loudest = louder ? in.heads[kind][i] : loudest;
            loudest_kind = louder ? static_cast<i64>(kind) : loudest_kind;
            const bool nearer = margins[kind] > nearest;
            nearest = nearer ? margins[kind] : nearest;
            fired_kind = nearer ? static_cast<i64>(kind) : fired_kind;
        }
        const bool was_open = hold[side] > 0;
        const bool alert = (nearest >= 0) & !was_open;
        const bool lives = nearest >= -hysteresis_;
        for (std::size_t kind = 0; kind < KINDS; ++kind) {
            const i64 rise = keep(alert & (margins[kind] >= 0), lift_);
            thresholds[kind] = saturate(thresholds[kind] - falls_[kind] + rise, THRESHOLD);
        }
        const auto fade = [](u16 events) { return static_cast<u16>(events - (events > 0)); };
        hold[1 - side] = fade(hold[1 - side]);
        hold[side] = alert | (was_open & lives) ? hold_events_ : fade(hold[side]);
        out.alert[i] = alert;
        out.episode[i] = alert | was_open;
        out.kind[i] = alert ? fired_kind : loudest_kind;
        out.score[i] = loudest;
    }

    i64 classes_;
    i64 lift_;
    u16 hold_events_;
    i64 hysteresis_;
    i64 falls_[KINDS];
    i64 first_[KINDS];
    Piece<u16> hold_;
    Piece<i64> thresholds_;
};

}  // namespace HYDROPHONE_KERNELS
