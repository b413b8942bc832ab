// Candidates of a fusion in float32: who takes part, their ranks and their normalised scores.
#pragma once

#include "library/fusion_rows.hpp"

namespace HYDROPHONE_KERNELS::library {

// Who takes part: their places among all candidates, then the others'.
struct Field {
    std::size_t all = 0;
    std::size_t count = 0;
    std::size_t place[MAX_CANDIDATES];

    HYDROPHONE_INLINE void choose(const u8* present, std::size_t candidates) {
        all = candidates;
        if (present == nullptr) {
            for (std::size_t i = 0; i < candidates; ++i) {
                place[i] = i;
            }
            count = candidates;
            return;
        }
        count = 0;
        std::size_t absent = candidates;
        for (std::size_t i = 0; i < candidates; ++i) {
            const bool takes_part = present[i] != 0;
            place[takes_part ? count++ : --absent] = i;
        }
    }
    // `count`, up to whole rows.
    HYDROPHONE_INLINE std::size_t filled() const { return (count + ROW - 1) / ROW * ROW; }
    HYDROPHONE_INLINE void gather(const float* from, Candidates& to) const {
        std::size_t i = 0;
        for (; count == all && i + ROW <= all; i += ROW) {
            put_row(to.value + i, row_at(from + i));
        }
        for (; i < filled(); ++i) {
            to[i] = from[place[i < count ? i : 0]];
        }
    }
    // What does not take part gets 0.
    HYDROPHONE_INLINE void scatter(const Candidates& from, float* to) const {
        std::size_t i = 0;
        for (; count == all && i + ROW <= all; i += ROW) {
            put_row(to + i, row_at(from.value + i));
        }
        for (std::size_t absent = count; absent < all; ++absent) {
            to[place[absent]] = 0;
        }
        for (; i < count; ++i) {
            to[place[i]] = from[i];
        }
    }
};

// Mean ranks of the values, 1 for the largest, and distinct places from 0 on where ties stand in
// order.
inline void rank_ties(const Candidates& values, const Field& field, Candidates& ranks,
                      i32* places) {
    for (std::size_t i = 0; i < field.filled(); ++i) {
        i32 greater = 0, equal = 0, before = 0;
        for (std::size_t j = 0; j < field.count; ++j) {
            const i32 same = values[j] == values[i];
            greater += values[j] > values[i];
            equal += same;
            before += same & static_cast<i32>(j < i);
        }
        ranks[i] = 0.5f * static_cast<float>(2 * greater + equal + 1);
        places[i] = greater + before;
    }
}

// The same, in fewer steps where no two values are equal: then the greater ones number n (n - 1) /
// 2 in all.
HYDROPHONE_INLINE void rank(const Candidates& values, const Field& field, Candidates& ranks,
                            i32* places) {
    using V = Vector<float>;
    using Bits = typename BitsOf<V>::type;
    constexpr std::size_t width = WIDTH_OF<float>;
    // Places beyond the candidates are the first one's.
    Bits all = {};
    for (std::size_t row = 0; row < field.filled(); row += ROW) {
#pragma GCC unroll 16
        for (std::size_t at = row; at < row + ROW; at += width) {
            const V mine = load_any<V>(values.value + at);
            Bits greater = {};
            for (std::size_t j = 0; j < field.count; ++j) {
                greater += is_greater(values[j] - V{}, mine);
            }
            all += greater;
            store_any(places + at, greater);
            store_any(ranks.value + at, as_floats<V>(greater + 1));
        }
    }
    const i32 sum = fold(all, [](auto a, auto b) { return a + b; });
    const i32 n = static_cast<i32>(field.count), more = static_cast<i32>(field.filled()) - n;
    if (2 * (sum - more * places[0]) != n * (n - 1)) [[unlikely]] {
        rank_ties(values, field, ranks, places);
    }
}

// Integers in the order of the floats that they are the bits of; its own inverse.
template <class Bits>
HYDROPHONE_INLINE Bits ordered(Bits bits) {
    return bits ^ ((bits >> 31) & 0x7FFFFFFF);
}

HYDROPHONE_INLINE void normalise(const Candidates& scores, const Field& field, float lowest,
                                 float range, Candidates& values) {
    for (std::size_t row = 0; row < field.filled(); row += ROW) {
        const Row given = row_at(scores.value + row);
        put_row(values.value + row,
                row_of([&](std::size_t part) { return (given.part[part] - lowest) / range; }));
    }
}

// By their halves, where the range is beyond float32.
[[gnu::noinline]] inline void normalise_wide(const Candidates& scores, const Field& field,
                                             float lowest, float highest, Candidates& values) {
    Candidates halves;
    for (std::size_t row = 0; row < field.filled(); row += ROW) {
        const Row given = row_at(scores.value + row);
        put_row(halves.value + row,
                row_of([&](std::size_t part) { return 0.5f * given.part[part]; }));
    }
    normalise(halves, field, 0.5f * lowest, 0.5f * highest - 0.5f * lowest, values);
}

// Min-max normalised; false, and of no use, where a score is not a finite number or all are equal.
HYDROPHONE_INLINE bool normalise(const Candidates& scores, const Field& field, Candidates& values) {
    using Bits = typename BitsOf<Vector<float>>::type;
    constexpr std::size_t width = WIDTH_OF<float>;
    // As integers a NaN lies beyond the infinite, on either side.
    Bits low = ordered(load_any<Bits>(scores.value)), high = low;
    for (std::size_t at = width; at < field.filled(); at += width) {
        const Bits key = ordered(load_any<Bits>(scores.value + at));
        low = key < low ? key : low;
        high = key > high ? key : high;
    }
    const i32 lows = fold(low, [](auto a, auto b) { return a < b ? a : b; });
    const i32 highs = fold(high, [](auto a, auto b) { return a > b ? a : b; });
    constexpr i32 infinite = 0x7F800000;
    const float lowest = bit_cast<float>(ordered(lows)), highest = bit_cast<float>(ordered(highs));
    const float range = highest - lowest;
    if (lows <= ordered(infinite | static_cast<i32>(0x80000000)) || highs >= infinite ||
        !(range > 0)) {
        return false;
    }
    if (range - range != 0) [[unlikely]] {
        normalise_wide(scores, field, lowest, highest, values);
    } else {
        normalise(scores, field, lowest, range, values);
    }
    return true;
}

}  // namespace HYDROPHONE_KERNELS::library
