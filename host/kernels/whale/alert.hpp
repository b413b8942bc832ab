// Alert thresholds within a budget, one episode a whale; see hydrophone_model.whale.alert.
#pragma once

#include "core/kernels.hpp"
#include "core/state.hpp"
#include "core/state_archive.hpp"

namespace HYDROPHONE_KERNELS {

class Alert {
  public:
    using Params = params::AlertParams;
    static constexpr std::size_t KINDS = Rows::KINDS;
    struct Input {
        const Column& side;
        const Column& joined;
        const Rows& heads;
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
            // A head whose threshold never falls, for its share is zero, never fires.
            handicap_[kind] = falls_[kind] > 0 ? 0 : NEVER;
        }
    }

    i64 classes() const { return classes_; }

    void begin(std::byte* group) const {
        for (std::size_t kind = 0; kind < KINDS; ++kind) {
            thresholds_.at(group)[kind] = first_[kind];
        }
    }

    template <class Chunk>
    HYDROPHONE_INLINE void process(const Chunk& at, const Input& in, const Output& out) const {
        for (std::size_t i = 0; i < at.count; ++i) {
            i64 loudest = in.heads.values[i][0], kind = 0;
            for (std::size_t other = 1; other < KINDS; ++other) {
                const bool louder = in.heads.values[i][other] > loudest;
                loudest = louder ? in.heads.values[i][other] : loudest;
                kind = louder ? static_cast<i64>(other) : kind;
            }
            out.score[i] = loudest;
            out.kind[i] = kind;
        }
        for (std::size_t i = 0; i < at.count; ++i) {
            i64* const thresholds = thresholds_.at(at.group[i]);
            u16* const hold = hold_.at(at.symbol[i]);
            const i64 side = in.side[i];
            const Signs signs = signs_of(in, i, thresholds);
            const bool was_open = hold[side] > 0;
            const bool alert = signs.fires & !was_open;
            if (alert) [[unlikely]] {
                out.kind[i] = charge(in, i, thresholds);
            } else {
                fall(thresholds);
            }
            const bool extended = alert | (was_open & signs.lives);
            hold[1 - side] = faded(hold[1 - side]);
            // A print of the same parent takes nothing from the episode.
            const u16 remaining = in.joined[i] ? hold[side] : faded(hold[side]);
            hold[side] = extended ? hold_events_ : remaining;
            out.alert[i] = alert;
            out.episode[i] = alert | was_open;
        }
    }

    void state(std::byte* symbol, StateArchive& archive) const { archive(hold_.at(symbol), 2); }

    void group_state(std::byte* group, StateArchive& archive) const {
        archive(thresholds_.at(group), KINDS);
    }

    void view(const std::byte* symbol, const std::byte* group, SymbolView& view) const {
        for (std::size_t kind = 0; kind < KINDS; ++kind) {
            const i64 level = thresholds_.at(group)[kind] >> DOWN;
            view.thresholds[kind] = handicap_[kind] == NEVER ? ~u32{0} : static_cast<u32>(level);
        }
        for (std::size_t side = 0; side < Side::COUNT; ++side) {
            view.episode[side] = hold_.at(symbol)[side];
        }
    }

  private:
    // What a head that may never fire lies below its threshold.
    static constexpr i64 NEVER = i64{1} << 40;
    static constexpr int DOWN = model::alert::THRESHOLD.fraction - model::formats::TAIL.fraction;

    static u16 faded(u16 events) { return static_cast<u16>(events - (events > 0)); }

    // Whether some head reaches its threshold, and whether one does less the hysteresis.
    struct Signs {
        bool fires;
        bool lives;
    };

#if defined(__AVX2__)
    HYDROPHONE_INLINE Signs signs_of(const Input& in, std::size_t i, const i64* thresholds) const {
        const i64x4 heads = load<i64x4>(in.heads.values[i]);
        // Thresholds are not negative: a shift of either kind will do.
        const u64x4 levels = load<u64x4>(thresholds) >> DOWN;
        const i64x4 margins = heads - reinterpret_cast<i64x4>(levels) - load<i64x4>(handicap_);
        return {negative_mask(margins) != 15, negative_mask(margins + hysteresis_) != 15};
    }

    HYDROPHONE_INLINE void fall(i64* thresholds) const {
        const i64x4 fallen = load<i64x4>(thresholds) - load<i64x4>(falls_);
        store(thresholds, fallen > 0 ? fallen : i64x4{});
    }
#else
    HYDROPHONE_INLINE Signs signs_of(const Input& in, std::size_t i, const i64* thresholds) const {
        i64 nearest = -NEVER;
        for (std::size_t kind = 0; kind < KINDS; ++kind) {
            nearest = most(nearest, margin(in, i, thresholds, kind));
        }
        return {nearest >= 0, nearest >= -hysteresis_};
    }

    HYDROPHONE_INLINE void fall(i64* thresholds) const {
        for (std::size_t kind = 0; kind < KINDS; ++kind) {
            thresholds[kind] = most<i64>(thresholds[kind] - falls_[kind], 0);
        }
    }
#endif

    // How far a head lies above its threshold.
    HYDROPHONE_INLINE i64 margin(const Input& in, std::size_t i, const i64* thresholds,
                                 std::size_t kind) const {
        return in.heads.values[i][kind] - (thresholds[kind] >> DOWN) - handicap_[kind];
    }

    // Lifts the threshold of the head furthest above its own, the first of equals, which names the
    // kind, while the others fall.
    [[gnu::noinline]] i64 charge(const Input& in, std::size_t i, i64* thresholds) const {
        i64 furthest = margin(in, i, thresholds, 0);
        std::size_t named = 0;
        for (std::size_t kind = 1; kind < KINDS; ++kind) {
            if (const i64 above = margin(in, i, thresholds, kind); above > furthest) {
                furthest = above;
                named = kind;
            }
        }
        for (std::size_t kind = 0; kind < KINDS; ++kind) {
            const i64 moved = thresholds[kind] - falls_[kind] + (kind == named ? lift_ : 0);
            thresholds[kind] = saturate(moved, model::alert::THRESHOLD);
        }
        return static_cast<i64>(named);
    }

    i64 classes_;
    i64 lift_;
    u16 hold_events_;
    i64 hysteresis_;
    alignas(32) i64 falls_[KINDS];
    alignas(32) i64 handicap_[KINDS];
    i64 first_[KINDS];
    Piece<u16> hold_;
    Piece<i64> thresholds_;
};

}  // namespace HYDROPHONE_KERNELS
