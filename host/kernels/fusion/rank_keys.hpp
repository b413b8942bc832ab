// Rank keys: the sums of one combination before any division, in the order of what they stand for.
#pragma once

#include "fusion/ranks.hpp"

#if !defined(HYDROPHONE_SCALAR)

namespace HYDROPHONE_KERNELS {

// Four candidates to a block, or twice two where sums of ranks with reciprocal weights need longs.
// Those of scores fit ints if there are no more than eight systems (`narrow`).
template <std::size_t blocks, std::size_t spread, std::size_t most, bool narrow>
class RankKeys {
    using Vector = Lanes<blocks>;
    using Ints = typename Vector::Ints;
    using Longs = typename Vector::Longs;
    using Unsigned = typename Vector::UnsignedLongs;

  public:
    // Sums of four candidates, and which of them stand for weights that are all zero.
    struct Sums {
        Ints score, diverse, trusted;
        Ints alike, unknown;
        Ints rank;
    };

    HYDROPHONE_INLINE explicit RankKeys(i64 combination) : combination_(combination) {}

    // `rare` and `doubted` are the weighted sums of ranks of even and of odd candidates.
    HYDROPHONE_INLINE void add(std::size_t four, Ints taking, const Sums& sums,
                               const Unsigned (&rare)[2], const Unsigned (&doubted)[2]) {
        // None is negative; in longs, they are unsigned ints.
        const auto keep = [&](Ints key) {
            if (is_wide()) {
                keep_wide(four, taking, Vector::even(key), Vector::odd(key));
            } else {
                narrow_[four] = key | ~taking;
            }
        };
        const auto choose = [&](Ints flat, const Unsigned(&weighted)[2]) {
            // Smaller ranks win.
            const auto all = reinterpret_cast<Unsigned>(flat);
            const Unsigned even = (all & Vector::even(sums.rank)) | (~all & weighted[0]);
            const Unsigned odd = (all & Vector::odd(sums.rank)) | (~all & weighted[1]);
            keep_wide(four, taking, -even, -odd);
        };
        switch (combination_) {
            case Combination::SCORE_AVERAGE:
                return keep(sums.score);
            case Combination::SCORE_DIVERSITY:
                return keep(Vector::choose(sums.alike, sums.score, sums.diverse));
            case Combination::SCORE_PERFORMANCE:
                return keep(Vector::choose(sums.unknown, sums.score, sums.trusted));
            case Combination::RANK_AVERAGE:
                // No more than 2**11.
                return keep((1 << 12) - sums.rank);
            case Combination::RANK_DIVERSITY:
                return choose(sums.alike, rare);
            default:
                return choose(sums.unknown, doubted);
        }
    }

    // Half ranks of the candidates, `fours` vectors; who does not take part gets any.
    HYDROPHONE_INLINE void ranks(std::size_t fours, Ints* half) const {
        if (!is_wide()) {
            half_ranks_by_block<blocks, spread>(narrow_, half, fours);
            return;
        }
        Longs wide[most / 2];
        half_ranks_by_block<blocks, spread>(wide_, wide, 2 * fours);
        for (std::size_t four = 0; four < fours; ++four) {
            half[four] = Vector::merge(reinterpret_cast<Unsigned>(wide[2 * four]),
                                       reinterpret_cast<Unsigned>(wide[2 * four + 1]));
        }
    }

  private:
    HYDROPHONE_INLINE bool is_wide() const {
        return !narrow || combination_ > Combination::RANK_AVERAGE;
    }

    HYDROPHONE_INLINE void keep_wide(std::size_t four, Ints taking, Unsigned even, Unsigned odd) {
        constexpr auto never = static_cast<i64>(u64{1} << 63);
        const auto all = reinterpret_cast<Unsigned>(taking);
        const Longs takes[] = {reinterpret_cast<Longs>(all << 32), reinterpret_cast<Longs>(all)};
        wide_[2 * four] = takes[0] < 0 ? reinterpret_cast<Longs>(even) : Longs{} + never;
        wide_[2 * four + 1] = takes[1] < 0 ? reinterpret_cast<Longs>(odd) : Longs{} + never;
    }

    i64 combination_;
    Ints narrow_[most / 4];
    Longs wide_[most / 2];
};

}  // namespace HYDROPHONE_KERNELS

#endif
