// Ranks of candidates, the largest key first; see hydrophone_model.fusion.ranks.
#pragma once

#include "core/lanes.hpp"

namespace HYDROPHONE_KERNELS {

// Whether a set of candidates holds one of them.
HYDROPHONE_INLINE bool holds(u64 set, std::size_t candidate) { return set >> candidate & 1; }

// Half ranks of the present candidates; 0 for the others.
template <class Key>
void half_ranks(const Key* keys, u64 present, std::size_t candidates, i64* half) {
    for (std::size_t i = 0; i < candidates; ++i) {
        // Counts itself once, as not below itself.
        i64 counted = 1;
        for (std::size_t j = 0; j < candidates; ++j) {
            counted += holds(present, j) ? (keys[j] > keys[i]) + (keys[j] >= keys[i]) : 0;
        }
        half[i] = keep(holds(present, i), counted);
    }
}

#if !defined(HYDROPHONE_SCALAR)

// Half ranks of candidates that are vectors of words: each lane ranks by itself. Who does not take
// part has the least key there is, and nobody else; its own rank means nothing.
template <std::size_t blocks, class Words = typename Lanes<blocks>::Words>
HYDROPHONE_INLINE void half_ranks_by_lane(const Words* keys, Words* half, std::size_t candidates) {
    // Of two candidates the upper one's rank is one less than the mean, the lower one's one more.
    for (std::size_t i = 0; i < candidates; ++i) {
        half[i] = Words{} + static_cast<i16>(candidates + 1);
    }
    for (std::size_t i = 0; i + 1 < candidates; ++i) {
        const Words key = keys[i];
        Words mine = half[i];
        for (std::size_t j = i + 1; j < candidates; ++j) {
            const Words above = Lanes<blocks>::sign(key, keys[j]);
            mine -= above;
            half[j] += above;
        }
        half[i] = mine;
    }
}

// Half ranks of candidates that are the lanes of the same block of `count` vectors.
template <std::size_t blocks, class Vector>
HYDROPHONE_INLINE void half_ranks_by_block(const Vector* keys, Vector* half, std::size_t count) {
    constexpr std::size_t lanes = Lanes<blocks>::template lanes<Vector>();
    for (std::size_t i = 0; i < count; ++i) {
        half[i] = Vector{} + 1;
    }
    for (std::size_t j = 0; j < count; ++j) {
        Vector others = keys[j];
        for (std::size_t turn = 0; turn < lanes; ++turn) {
            for (std::size_t i = 0; i < count; ++i) {
                Lanes<blocks>::count(half[i], others, keys[i]);
            }
            others = Lanes<blocks>::template rotate<1>(others);
        }
    }
}

#endif

}  // namespace HYDROPHONE_KERNELS
