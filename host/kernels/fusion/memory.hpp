// What the systems have shown, and the decision that they will be judged by, for several decisions
// at once; see hydrophone_model.fusion.performance.
#pragma once

#include "core/kernels.hpp"
#include "fusion/performance.hpp"
#include "fusion/rows.hpp"

#if !defined(HYDROPHONE_SCALAR)

namespace HYDROPHONE_KERNELS {

template <std::size_t octets>
class FusionMemory {
  public:
    static constexpr std::size_t PARTS = 2 * octets;

    // Judges by the outcomes of the decisions from `event` on, one after another, and tells the
    // performances after each. `half` and `used` are the decisions' own.
    template <std::size_t blocks, std::size_t most, class Words, class Ints>
    HYDROPHONE_INLINE void learn(const FusionInput& in, std::size_t event, std::size_t candidates,
                                 std::size_t filled, int rate, const u64 (&present)[blocks],
                                 const Words (&half)[octets][most], const Words (&used)[octets],
                                 Ints (&performance)[PARTS]) {
        std::size_t last = 0;
        for (std::size_t block = 0; block < blocks; ++block) {
            last = in.learn != nullptr && in.learn[event + block] ? block + 1 : last;
        }
        if (last == 0) {
            for (std::size_t part = 0; part < PARTS; ++part) {
                const Quad now = load<Quad>(performance_ + 4 * part);
                performance[part] =
                    Lanes<blocks>::template gather<Ints>([&](std::size_t) { return now; });
            }
            return;
        }
        Judged<blocks> judged;
        for (std::size_t block = 0, from = 0; block < blocks; ++block) {
            judged.learns[block] = in.learn[event + block];
            judged.present[block] = from ? present[from - 1] : present_;
            judged.half[block] = from ? block_of(&half[0][0], from - 1) : &half_[0][0][0];
            judged.used[block] = from ? block_of(&used[0], from - 1) : &used_[0][0];
            judged.apart[block] = from ? 8 * blocks : 8;
            judged.octet[block] = from ? 8 * blocks * most : 8 * MOST_CANDIDATES;
            from = judged.learns[block] ? block + 1 : from;
        }
        const Reader<blocks, 1> outcomes(in.outcome + event * candidates, 1, candidates);
        judge<blocks>(judged, outcomes, filled, rate, performance);

        const std::size_t kept = last - 1;
        present_ = present[kept];
        for (std::size_t octet = 0; octet < octets; ++octet) {
            store(used_[octet], load<Quad>(block_of(&used[octet], kept)));
            for (std::size_t i = 0; i < filled; ++i) {
                store(half_[octet][i], load<Quad>(block_of(&half[octet][i], kept)));
            }
        }
    }

  private:
    // The decision that each of some decisions judges: the last one before it that learned.
    template <std::size_t blocks>
    struct Judged {
        bool learns[blocks];
        u64 present[blocks];
        // The first candidate's half ranks of the first octet, and words from there to the next
        // candidate and to the next octet.
        const i16* half[blocks];
        const i16* used[blocks];
        std::size_t apart[blocks];
        std::size_t octet[blocks];
    };

    template <class Vector>
    HYDROPHONE_INLINE static const i16* block_of(const Vector* vector, std::size_t block) {
        return reinterpret_cast<const i16*>(vector) + 8 * block;
    }

    template <std::size_t blocks, class Ints = typename Lanes<blocks>::Ints>
    HYDROPHONE_INLINE void judge(const Judged<blocks>& judged, const Reader<blocks, 1>& outcomes,
                                 std::size_t filled, int rate, Ints (&performance)[PARTS]) {
        using Vector = Lanes<blocks>;
        using Words = typename Vector::Words;
        // Half ranks of the outcomes, eight candidates to a block.
        constexpr auto least_outcome = static_cast<i16>(model::performance::OUTCOME.min);
        Words taking[MOST_CANDIDATES / 8], keys[MOST_CANDIDATES / 8], truth[MOST_CANDIDATES / 8];
        const auto words = [](const auto& of) {
            return Vector::template gather<Words>([&](std::size_t block) {
                return reinterpret_cast<Quad>(i16x8{} + static_cast<i16>(of(block)));
            });
        };
        constexpr i16x8 lane = {1, 2, 4, 8, 16, 32, 64, 128};
        const auto lanes = Vector::template gather<Words>(
            [&](std::size_t) { return reinterpret_cast<Quad>(lane); });
        for (std::size_t eight = 0; eight < filled / 8; ++eight) {
            const Words sets = words(
                [&](std::size_t block) { return judged.present[block] >> (8 * eight) & 0xFF; });
            taking[eight] = (sets & lanes) != 0;
            keys[eight] = taking[eight] ? outcomes.at(0, 8 * eight) : Words{} + least_outcome;
        }
        half_ranks_by_block<blocks>(keys, truth, filled / 8);
        // Whoever has the least outcome there is has been taken for an equal of the absent.
        const Words absent = words([&](std::size_t block) {
            return static_cast<int>(filled) - __builtin_popcountll(judged.present[block]);
        });
        const Words mean = words(
            [&](std::size_t block) { return __builtin_popcountll(judged.present[block]) + 1; });
        Words tells = Words{};
        for (std::size_t eight = 0; eight < filled / 8; ++eight) {
            truth[eight] -= absent & (keys[eight] == least_outcome);
            truth[eight] &= taking[eight];
            tells |= (truth[eight] != mean) & taking[eight];
        }
        const u64 told = Vector::signs(tells);
        const auto loss = Vector::template gather<Ints>([&](std::size_t block) {
            const auto count = __builtin_popcountll(judged.present[block]);
            return Quad{} + static_cast<i32>(model::performance::LOSS[count]);
        });
        const Words learns = words([&](std::size_t block) {
            return judged.learns[block] && (told >> (16 * block) & 0xFFFF) ? -1 : 0;
        });
        for (std::size_t octet = 0; octet < octets; ++octet) {
            Ints squares[2] = {};
            for (std::size_t eight = 0; eight < filled / 8; ++eight) {
                add_pairs<blocks>(judged, octet, eight, truth[eight], squares);
            }
            const Words used =
                learns & Vector::template gather<Words>([&](std::size_t block) {
                    return load<Quad>(judged.used[block] + octet * judged.apart[block]);
                });
            const Words uses[] = {Vector::interleave_low(used, used),
                                  Vector::interleave_high(used, used)};
            for (std::size_t part = 0; part < 2; ++part) {
                Quad gained[blocks], learning[blocks], after[blocks];
                Vector::each(coefficients<blocks>(squares[part], loss),
                             [&](std::size_t block, Quad values) { gained[block] = values; });
                Vector::each(uses[part],
                             [&](std::size_t block, Quad values) { learning[block] = values; });
                i32* const here = performance_ + 8 * octet + 4 * part;
                Quad now = load<Quad>(here);
                for (std::size_t block = 0; block < blocks; ++block) {
                    now += ((gained[block] - now) >> rate) & learning[block];
                    after[block] = now;
                }
                store(here, now);
                performance[2 * octet + part] =
                    Vector::template gather<Ints>([&](std::size_t block) { return after[block]; });
            }
        }
    }

    // Adds squares of the differences of eight candidates' ranks, for each system of an octet.
    template <std::size_t blocks, class Words, class Ints>
    HYDROPHONE_INLINE static void add_pairs(const Judged<blocks>& judged, std::size_t octet,
                                            std::size_t eight, Words truth, Ints (&squares)[2]) {
        using Vector = Lanes<blocks>;
        const auto differ = [&](auto which) __attribute__((always_inline)) {
            const auto half = Vector::template gather<Words>([&](std::size_t block) {
                return load<Quad>(judged.half[block] + octet * judged.octet[block] +
                                  (8 * eight + which) * judged.apart[block]);
            });
            return half - Vector::template spread<which>(truth);
        };
        const auto add = [&](auto which) __attribute__((always_inline)) {
            const Words one = differ(std::integral_constant<std::size_t, 2 * which>{});
            const Words next = differ(std::integral_constant<std::size_t, 2 * which + 1>{});
            const auto low = reinterpret_cast<Ints>(Vector::interleave_low(one, next));
            const auto high = reinterpret_cast<Ints>(Vector::interleave_high(one, next));
            squares[0] += Vector::multiply_pairs(low, low);
            squares[1] += Vector::multiply_pairs(high, high);
        };
        add(std::integral_constant<std::size_t, 0>{});
        add(std::integral_constant<std::size_t, 1>{});
        add(std::integral_constant<std::size_t, 2>{});
        add(std::integral_constant<std::size_t, 3>{});
    }

    u64 present_ = 0;
    alignas(16) i16 used_[octets][8]{};
    alignas(16) i16 half_[octets][MOST_CANDIDATES][8]{};
    alignas(16) i32 performance_[4 * PARTS]{};
};

}  // namespace HYDROPHONE_KERNELS

#endif
