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

// Half ranks of candidates that are vectors of words, a multiple of four of them: each lane ranks
// by itself, or with that of the neighbouring block if decisions have two (`spread`). Who does not
// take part has the least key there is, and nobody else; its own rank means nothing.
template <std::size_t blocks, std::size_t spread, class Words = typename Lanes<blocks>::Words>
HYDROPHONE_INLINE void half_ranks_by_lane(const Words* keys, Words* half, std::size_t vectors) {
    using Vector = Lanes<blocks>;
    // Of two candidates the upper one's rank is one less than the mean, the lower one's one more.
    for (std::size_t i = 0; i < vectors; ++i) {
        half[i] = Words{} + static_cast<i16>(vectors * spread + 1);
    }
    // Four stay in registers while all behind them pass by, and then those of the other block.
    for (std::size_t first = 0; first < vectors; first += 4) {
        Words mine[4], ranks[4];
        for (std::size_t i = 0; i < 4; ++i) {
            mine[i] = keys[first + i];
            ranks[i] = half[first + i];
        }
        const auto compare = [&](std::size_t i, Words other, Words& rank)
                                 __attribute__((always_inline)) {
                                     const Words above = Vector::sign(mine[i], other);
                                     ranks[i] -= above;
                                     rank += above;
                                 };
        for (std::size_t i = 0; i < 4; ++i) {
            for (std::size_t j = i + 1; j < 4; ++j) {
                compare(i, mine[j], ranks[j]);
            }
        }
        if constexpr (spread == 2) {
            for (std::size_t j = 0; j < 4; ++j) {
                const Words next = Vector::swap_blocks(mine[j]);
                Words more = Words{};
                for (std::size_t i = 0; i < j; ++i) {
                    compare(i, next, more);
                }
                ranks[j] -= Vector::sign(mine[j], next) - Vector::swap_blocks(more);
            }
        }
        for (std::size_t j = first + 4; j < vectors; ++j) {
            const Words other = keys[j];
            Words rank = half[j];
            for (std::size_t i = 0; i < 4; ++i) {
                compare(i, other, rank);
            }
            if constexpr (spread == 2) {
                // What this tells of the others' ranks stands where their neighbours are.
                const Words next = Vector::swap_blocks(other);
                Words more = Words{};
                for (std::size_t i = 0; i < 4; ++i) {
                    compare(i, next, more);
                }
                rank += Vector::swap_blocks(more);
            }
            half[j] = rank;
        }
        for (std::size_t i = 0; i < 4; ++i) {
            half[first + i] = ranks[i];
        }
    }
}

// Half ranks of candidates that are the lanes of the same blocks of `count` vectors.
template <std::size_t blocks, std::size_t spread, class Vector>
HYDROPHONE_INLINE void half_ranks_by_block(const Vector* keys, Vector* half, std::size_t count) {
    constexpr std::size_t lanes = Lanes<blocks>::template lanes<Vector>();
    for (std::size_t i = 0; i < count; ++i) {
        half[i] = Vector{} + static_cast<i16>(count * lanes * spread + 1);
    }
    for (std::size_t j = 0; j < count; ++j) {
        Vector others = keys[j];
        for (std::size_t turn = 0; turn < lanes * spread; ++turn) {
            for (std::size_t i = 0; i < count; ++i) {
                half[i] += Lanes<blocks>::sign(others, keys[i]);
            }
            others = Lanes<blocks>::template rotate<1>(others);
            if constexpr (spread == 2) {
                others = turn + 1 == lanes ? Lanes<blocks>::swap_blocks(others) : others;
            }
        }
    }
}

#endif

}  // namespace HYDROPHONE_KERNELS
