// Repeat surprise: the same size, price and side again; see hydrophone_model.whale.repeat.
#pragma once

#include "core/state.hpp"
#include "core/state_archive.hpp"
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
        const Column& joined;
    };
    struct Output {
        Column& surprise;
    };
    Repeat(const Params& p, Layouts& layouts)
        : slot_mask_(static_cast<u32>(p.slots - 1)),
          slot_width_(p.slot.width),
          half_life_(static_cast<int>(p.half_life)),
          counter_mask_(static_cast<u32>(p.counter.max)),
          joined_(p.joined),
          state_(layouts.symbol.reserve<State>(1)),
          joint_(layouts.symbol.reserve<Keyed>(static_cast<std::size_t>(p.slots))),
          places_(layouts.symbol.reserve<Entry>(static_cast<std::size_t>(p.slots))),
          sizes_(layouts.symbol.reserve<Entry>(static_cast<std::size_t>(p.slots))) {}

    template <class Chunk>
    HYDROPHONE_INLINE void process(const Chunk& at, const Input& in, const Output& out) const {
        u32 size_hash[CHUNK], place_hash[CHUNK], joint_hash[CHUNK];
        for (std::size_t i = 0; i < at.count; ++i) {
            size_hash[i] = mix(static_cast<u32>(in.size[i]));
            place_hash[i] = mix(static_cast<u32>(in.price[i]) << 1 | static_cast<u32>(in.side[i]));
            joint_hash[i] = mix(size_hash[i] ^ place_hash[i]);
        }
        Column joint, place, size, total, repeats;
        for (std::size_t i = 0; i < at.count; ++i) {
            std::byte* const symbol = at.symbol[i];
            State& s = *state_.at(symbol);
            const u32 event = s.events;
            s.events = (event + 1) & counter_mask_;
            const u32 tick = (event >> half_life_) & static_cast<u32>(model::repeat::STAMP.max);
            const u32 slow = event >> (half_life_ + model::repeat::SLOW_LOG2);

            const i64 weight = in.joined[i] ? joined_ : ONE;
            const u32 tag =
                (joint_hash[i] >> slot_width_) & static_cast<u32>(model::repeat::TAG.max);
            Keyed& keyed = joint_.at(symbol)[joint_hash[i] & slot_mask_];
            keyed.entry.count = static_cast<u16>(keep(keyed.tag == tag, keyed.entry.count));
            keyed.tag = static_cast<u16>(tag);
            joint[i] = count(keyed.entry, tick, weight);
            place[i] = count(places_.at(symbol)[place_hash[i] & slot_mask_], tick, weight);
            size[i] = count(sizes_.at(symbol)[size_hash[i] & slot_mask_], slow, weight);
            total[i] = count(s.all, slow, weight);
            repeats[i] = most<i64>(joint[i] - ONE, 0);
        }
        log2(joint, joint, at.count);
        log2(place, place, at.count);
        log2(size, size, at.count);
        log2(total, total, at.count);
        using model::formats::EVIDENCE, model::formats::LOG, model::repeat::COUNT;
        // log2 of one event's count, and of one repeat's product.
        constexpr i64 single = i64{COUNT.fraction} << LOG.fraction;
        constexpr int one = COUNT.fraction + LOG.fraction;
        Column products;
        for (std::size_t i = 0; i < at.count; ++i) {
            const i64 expected = most(place[i] + size[i] - total[i], single);
            const i64 information = most<i64>(joint[i] - expected, 0);
            products[i] = repeats[i] * information + (1 << one);
        }
        log2(products, products, at.count);
        for (std::size_t i = 0; i < at.count; ++i) {
            const i64 bits = products[i] - (i64{one} << LOG.fraction);
            out.surprise[i] = least(bits >> (LOG.fraction - EVIDENCE.fraction), EVIDENCE.max);
        }
    }

    void state(std::byte* symbol, StateArchive& archive) const {
        State& s = *state_.at(symbol);
        archive(s.events);
        archive(s.all.count);
        archive(s.all.stamp);
        const std::size_t slots = std::size_t{slot_mask_} + 1;
        Keyed* const joint = joint_.at(symbol);
        archive.values(
            slots, [=](std::size_t i) { return i64{joint[i].tag}; },
            [=](std::size_t i, i64 tag) { joint[i].tag = static_cast<u16>(tag); });
        entries(slots, archive, [=](std::size_t i) -> Entry& { return joint[i].entry; });
        Entry* const places = places_.at(symbol);
        entries(slots, archive, [=](std::size_t i) -> Entry& { return places[i]; });
        Entry* const sizes = sizes_.at(symbol);
        entries(slots, archive, [=](std::size_t i) -> Entry& { return sizes[i]; });
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
    template <class At>
    static void entries(std::size_t slots, StateArchive& archive, const At& at) {
        archive.values(
            slots, [&](std::size_t i) { return i64{at(i).count}; },
            [&](std::size_t i, i64 count) { at(i).count = static_cast<u16>(count); });
        archive.values(
            slots, [&](std::size_t i) { return i64{at(i).stamp}; },
            [&](std::size_t i, i64 stamp) { at(i).stamp = static_cast<u16>(stamp); });
    }

    static constexpr i64 ONE = i64{1} << model::repeat::COUNT.fraction;

    // Counts an event of some weight in an entry, after halving it once for every tick since it was
    // written.
    HYDROPHONE_INLINE static i64 count(Entry& entry, u32 tick, i64 weight) {
        const u32 age = (tick - entry.stamp) & static_cast<u32>(model::repeat::STAMP.max);
        const u32 kept = entry.count >> least<u32>(age, model::repeat::COUNT.width);
        const i64 counted = least<i64>(kept + weight, model::repeat::COUNT.max);
        entry = {static_cast<u16>(counted), static_cast<u16>(tick)};
        return counted;
    }

    u32 slot_mask_;
    int slot_width_;
    int half_life_;
    u32 counter_mask_;
    i64 joined_;
    Piece<State> state_;
    Piece<Keyed> joint_;
    Piece<Entry> places_;
    Piece<Entry> sizes_;
};

}  // namespace HYDROPHONE_KERNELS
