// Intermediates of the fusion, for several decisions at once: each system's ranks, normal scores
// and diversities.
#pragma once

#include "fusion/decision.hpp"
#include "fusion/diversity.hpp"
#include "fusion/normal.hpp"
#include "fusion/ranks.hpp"
#include "fusion/rows.hpp"

#if !defined(HYDROPHONE_SCALAR)

namespace HYDROPHONE_KERNELS {

// What is known of some decisions before systems are combined. There is room for `most` candidates.
// A decision has a block of every vector, or two blocks with half the candidates each (`spread`).
template <std::size_t octets, std::size_t most, std::size_t blocks, std::size_t spread>
struct FusionIntermediates {
    static constexpr std::size_t PARTS = 2 * octets;
    static constexpr std::size_t DECISIONS = blocks / spread;
    static constexpr std::size_t VECTORS = vectors_of<spread>(most);
    using Vector = Lanes<blocks>;
    using Words = typename Vector::Words;
    using Ints = typename Vector::Ints;

    u64 present[DECISIONS];
    i32 counts[DECISIONS];
    i32 systems[DECISIONS];
    Words taking[VECTORS];
    Words given[octets][VECTORS];
    Words values[octets][VECTORS];
    Words half[octets][VECTORS];
    Words used[octets];
    Ints uses[PARTS];
    Ints totals[PARTS];
    Ints performance[PARTS];

    // A number of every decision.
    template <class Of>
    HYDROPHONE_INLINE static Ints each(const Of& of) {
        return Vector::template gather<Ints>(
            [&](std::size_t block) { return Quad{} + static_cast<i32>(of(block / spread)); });
    }

    // Takes in scores, system after system, and normalises them. `rows` is the number of systems.
    HYDROPHONE_INLINE void take(const i16* scores, std::size_t rows, std::size_t candidates) {
        const std::size_t count = vectors_of<spread>(candidates);
        for (std::size_t first = 0; first < count; first += 8) {
            const Words sets = Vector::template gather<Words>([&](std::size_t block) {
                const u64 all = present[block / spread];
                const auto those = static_cast<i16>(all >> candidate_at<spread>(first, block));
                return reinterpret_cast<Quad>(i16x8{} + those);
            });
            for (std::size_t i = 0; i < 8; ++i) {
                taking[first + i] = (sets << (15 - i)) >> 15;
            }
        }
        const Reader<blocks, spread, octets * 8> table(scores, rows, candidates);
        for (std::size_t octet = 0; octet < octets; ++octet) {
            for (std::size_t first = 0; first < count; first += 8) {
                Words tile[8];
                for (std::size_t i = 0; i < 8; ++i) {
                    tile[i] = table.at(octet * 8 + i, first);
                }
                Vector::transpose(tile);
                for (std::size_t i = 0; i < 8; ++i) {
                    constexpr auto missing = static_cast<i16>(model::formats::MISSING);
                    given[octet][first + i] =
                        Vector::choose(taking[first + i], tile[i], Words{} + missing);
                }
            }
            const Words uses_it =
                normalise<blocks, spread>(given[octet], taking, values[octet], count);
            used[octet] = uses_it;
            uses[2 * octet] = reinterpret_cast<Ints>(Vector::interleave_low(uses_it, uses_it));
            uses[2 * octet + 1] = reinterpret_cast<Ints>(Vector::interleave_high(uses_it, uses_it));
        }
        for (std::size_t decision = 0; decision < DECISIONS; ++decision) {
            systems[decision] = 0;
            for (const Words all : used) {
                const u64 bits = Vector::signs(all) >> (16 * spread * decision) & 0xFFFF;
                systems[decision] += __builtin_popcountll(bits) / 2;
            }
        }
    }

    // Diversities of what was taken in. `fixed` is the number of candidates where it is known
    // beforehand, else 0.
    template <std::size_t fixed>
    HYDROPHONE_INLINE void compare(std::size_t candidates) {
        const std::size_t count = vectors_of<spread>(candidates);
        Words functions[octets][VECTORS];
        for (std::size_t octet = 0; octet < octets; ++octet) {
            for (std::size_t i = 0; i < count; ++i) {
                functions[octet][i] = values[octet][i];
            }
            rank_score<blocks, spread, vectors_of<spread>(fixed)>(functions[octet], count);
        }
        Diversities<blocks, spread, PARTS> diversities;
        for (std::size_t i = 0; i < count; i += 2) {
            Words one[octets], next[octets];
            for (std::size_t octet = 0; octet < octets; ++octet) {
                one[octet] = functions[octet][i];
                next[octet] = functions[octet][i + 1];
            }
            diversities.add(one, next);
        }
        const auto log_count = Vector::template gather<Words>([&](std::size_t block) {
            const auto number = static_cast<u64>(counts[block / spread]);
            return reinterpret_cast<Quad>(i16x8{} + static_cast<i16>(log2(number)));
        });
        diversities.totals(log_count, uses, totals);
    }

    // Half ranks of what was taken in.
    HYDROPHONE_INLINE void rank(std::size_t candidates) {
        const std::size_t count = vectors_of<spread>(candidates);
        for (std::size_t octet = 0; octet < octets; ++octet) {
            half_ranks_by_lane<blocks, spread>(given[octet], half[octet], count);
            for (std::size_t i = 0; i < count; ++i) {
                half[octet][i] &= used[octet] & taking[i];
            }
        }
    }
};

}  // namespace HYDROPHONE_KERNELS

#endif
