// Repeat surprise: the same size, price and side again; see hydrophone_model.whale.repeat.
#pragma once

#include "core/state.hpp"
#include "dsp/log2.hpp"

namespace HYDROPHONE_KERNELS {

// Scrambles a 32-bit word by shifts and exclusive-ors (Marsaglia's xorshift32).
HYDROPHONE_INLINE u32 mix(u32 word) {
    word ^= word << 13;
    word ^= word >> 17;
    return word ^ word << 5;
}

class Repeat {
  public:
    using Params = params::RepeatParams;
    struct Input {
        const Column& price;
        const Column& size;
        const Column& side;
    };
    struct Output {
        Column& surprise;
    };
    // Where the tables of a print's symbol are looked up.
    struct Slots {
        u32 joint;
        u32 tag;
        u32 place;
        u32 size;
    };

    Repeat(const Params& p, Layouts& layouts)
        : slot_mask_(static_cast<u32>(p.slots - 1)),
          slot_width_(p.slot.width),
          half_life_(static_cast<int>(p.half_life)),
          counter_mask_(static_cast<u32>(p.counter.max)),
          down_(static_cast<int>(model::repeat::COUNT.fraction + model::log2::FRACTION -
                                 model::formats::EVIDENCE.fraction + p.scale)),
          state_(layouts.symbol.reserve<State>(1)),
          joint_(layouts.symbol.reserve<Keyed>(static_cast<std::size_t>(p.slots))),
          places_(layouts.symbol.reserve<Entry>(static_cast<std::size_t>(p.slots))),
          sizes_(layouts.symbol.reserve<Entry>(static_cast<std::size_t>(p.slots))) {}

    HYDROPHONE_INLINE Slots slots(u32 price, u32 size, u32 side) const {
        const u32 size_hash = mix(size);
        const u32 place_hash = mix(price << 1 | side);
        const u32 joint_hash = mix(size_hash ^ place_hash);
        return {joint_hash & slot_mask_,
                (joint_hash >> slot_width_) & static_cast<u32>(model::repeat::TAG.max),
                place_hash & slot_mask_, size_hash & slot_mask_};
    }

    HYDROPHONE_INLINE void prefetch(std::byte* symbol, const Slots& at) const {
        __builtin_prefetch(joint_.at(symbol) + at.joint, 1);
        __builtin_prefetch(places_.at(symbol) + at.place, 1);
        __builtin_prefetch(sizes_.at(symbol) + at.size, 1);
    }

    HYDROPHONE_INLINE void process(const Places& at, const Input& in, const Output& out) const {
        Column joint, place, size, total, repeats;
        for (std::size_t i = 0; i < at.count; ++i) {
            std::byte* const symbol = at.symbol[i];
            const Slots slot = slots(static_cast<u32>(in.price[i]), static_cast<u32>(in.size[i]),
                                     static_cast<u32>(in.side[i]));
            State& s = *state_.at(symbol);
            const u32 event = s.events;
            s.events = (event + 1) & counter_mask_;
            const u32 tick = (event >> half_life_) & static_cast<u32>(model::repeat::STAMP.max);
            const u32 slow = event >> (half_life_ + model::repeat::SLOW_LOG2);

            Keyed& keyed = joint_.at(symbol)[slot.joint];
            keyed.entry.count = static_cast<u16>(keep(keyed.tag == slot.tag, keyed.entry.count));
            keyed.tag = static_cast<u16>(slot.tag);
            joint[i] = count(keyed.entry, tick);
            place[i] = count(places_.at(symbol)[slot.place], tick);
            size[i] = count(sizes_.at(symbol)[slot.size], slow);
            total[i] = count(s.all, slow);
            repeats[i] = joint[i] - ONE;
        }
        log2(joint, joint, at.count);
        log2(place, place, at.count);
        log2(size, size, at.count);
        log2(total, total, at.count);
        for (std::size_t i = 0; i < at.count; ++i) {
            const i64 information = most<i64>(joint[i] - place[i] + total[i] - size[i], 0);
            const i64 product = repeats[i] * information;
            out.surprise[i] = least(product >> down_, model::formats::EVIDENCE.max);
        }
    }

  private:
    struct Entry {
        u16 count;
        u16 stamp;
    };
    struct Keyed {
        Entry entry;
        u16 tag;
        u16 unused;
    };
    struct State {
        u32 events;
        Entry all;
    };
    static constexpr i64 ONE = i64{1} << model::repeat::COUNT.fraction;

    // Counts one more event in an entry, after halving it once for every tick since it was written.
    HYDROPHONE_INLINE static i64 count(Entry& entry, u32 tick) {
        const u32 age = (tick - entry.stamp) & static_cast<u32>(model::repeat::STAMP.max);
        const u32 kept = entry.count >> least<u32>(age, model::repeat::COUNT.width);
        const i64 counted = least<i64>(kept + ONE, model::repeat::COUNT.max);
        entry = {static_cast<u16>(counted), static_cast<u16>(tick)};
        return counted;
    }

    u32 slot_mask_;
    int slot_width_;
    int half_life_;
    u32 counter_mask_;
    int down_;
    Piece<State> state_;
    Piece<Keyed> joint_;
    Piece<Entry> places_;
    Piece<Entry> sizes_;
};

}  // namespace HYDROPHONE_KERNELS
