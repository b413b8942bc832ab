// Performance memory: what the systems have shown, and the decision that they will be judged by,
// for several decisions at once; see hydrophone_model.fusion.performance.
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

    // Judges by the outcomes of the decisions from `event` on, one after another, and gives the
    // performances after each. `half` and `used` are the decisions' own.
    template <std::size_t blocks, std::size_t spread, std::size_t most, class Words, class Ints>
    HYDROPHONE_INLINE void learn(const FusionInput& in, std::size_t event, std::size_t candidates,
                                 std::size_t vectors, int rate,
                                 const u64 (&present)[blocks / spread],
                                 const Words (&half)[octets][most], const Words (&used)[octets],
                                 Ints (&performance)[PARTS]) {
        constexpr std::size_t decisions = blocks / spread;
        std::size_t last = 0;
        for (std::size_t i = 0; i < decisions; ++i) {
            last = in.learn != nullptr && in.learn[event + i] ? i + 1 : last;
        }
        if (last == 0) {
            for (std::size_t part = 0; part < PARTS; ++part) {
                const Quad now = load<Quad>(performance_ + 4 * part);
                performance[part] =
                    Lanes<blocks>::template gather<Ints>([&](std::size_t) { return now; });
            }
            return;
        }
        Judged<decisions> judged;
        for (std::size_t i = 0, from = 0; i < decisions; ++i) {
            const std::size_t block = from ? spread * (from - 1) : 0;
            judged.learns[i] = in.learn[event + i];
            judged.present[i] = from ? present[from - 1] : present_;
            judged.half[i] = from ? block_of(&half[0][0], block) : &half_[0][0][0];
            judged.used[i] = from ? block_of(&used[0], block) : &used_[0][0];
            judged.part[i] = from ? 8 : 8 * 8;
            judged.apart[i] = from ? 8 * blocks : 8;
            judged.eight[i] = from ? 8 * 8 * blocks : 8 * 8 * spread;
            judged.octet[i] = from ? 8 * blocks * most : 8 * MAX_CANDIDATES;
            from = judged.learns[i] ? i + 1 : from;
        }
        const Reader<blocks, spread, 1> outcomes(in.outcome + event * candidates, 1, candidates);
        judge<blocks, spread>(judged, outcomes, vectors, rate, performance);

        const std::size_t kept = last - 1;
        present_ = present[kept];
        for (std::size_t octet = 0; octet < octets; ++octet) {
            store(used_[octet], load<Quad>(block_of(&used[octet], spread * kept)));
            for (std::size_t i = 0; i < vectors; ++i) {
                for (std::size_t block = spread * kept; block < spread * (kept + 1); ++block) {
                    store(half_[octet][candidate_at<spread>(i, block)],
                          load<Quad>(block_of(&half[octet][i], block)));
                }
            }
        }
    }

    void state(std::size_t systems, std::size_t candidates, StateArchive& archive) {
        archive(performance_, systems);
        archive.values(
            systems * candidates,
            [&](std::size_t i) {
                const std::size_t system = i / candidates, candidate = i % candidates;
                const bool counts = used_[system / 8][system % 8] && holds(present_, candidate);
                return keep(counts, i64{half_[system / 8][candidate][system % 8]});
            },
            [&](std::size_t i, i64 half) {
                const std::size_t system = i / candidates;
                half_[system / 8][i % candidates][system % 8] = static_cast<i16>(half);
            });
        archive.values(
            systems, [this](std::size_t k) { return i64{used_[k / 8][k % 8] != 0}; },
            [this](std::size_t k, i64 used) { used_[k / 8][k % 8] = static_cast<i16>(-used); });
        present_state(present_, candidates, archive);
    }

  private:
    // The decision that each of some decisions judges: the last one before it that learned.
    template <std::size_t decisions>
    struct Judged {
        bool learns[decisions];
        u64 present[decisions];
        // The first candidate's half ranks of the first octet, and words from there to the next
        // block, vector, eight vectors, and octet.
        const i16* half[decisions];
        const i16* used[decisions];
        std::size_t part[decisions];
        std::size_t apart[decisions];
        std::size_t eight[decisions];
        std::size_t octet[decisions];
    };

    template <class Vector>
    HYDROPHONE_INLINE static const i16* block_of(const Vector* vector, std::size_t block) {
        return reinterpret_cast<const i16*>(vector) + 8 * block;
    }

    template <std::size_t blocks, std::size_t spread, class Ints = typename Lanes<blocks>::Ints>
    HYDROPHONE_INLINE void judge(const Judged<blocks / spread>& judged,
                                 const Reader<blocks, spread, 1>& outcomes, std::size_t vectors,
                                 int rate, Ints (&performance)[PARTS]) {
        using Vector = Lanes<blocks>;
        using Words = typename Vector::Words;
        // Half ranks of the outcomes, eight candidates to a block.
        constexpr auto least_outcome = static_cast<i16>(model::performance::OUTCOME.min);
        Words taking[MAX_CANDIDATES / 8], keys[MAX_CANDIDATES / 8], truth[MAX_CANDIDATES / 8];
        const auto words = [](const auto& of) {
            return Vector::template gather<Words>([&](std::size_t block) {
                return reinterpret_cast<Quad>(i16x8{} + static_cast<i16>(of(block)));
            });
        };
        constexpr i16x8 lane = {1, 2, 4, 8, 16, 32, 64, 128};
        const auto lanes = Vector::template gather<Words>(
            [&](std::size_t) { return reinterpret_cast<Quad>(lane); });
        for (std::size_t eight = 0; eight < vectors / 8; ++eight) {
            const Words sets = words([&](std::size_t block) {
                return judged.present[block / spread] >> candidate_at<spread>(8 * eight, block) &
                       0xFF;
            });
            taking[eight] = (sets & lanes) != 0;
            keys[eight] =
                Vector::choose(taking[eight], outcomes.at(0, 8 * eight), Words{} + least_outcome);
        }
        half_ranks_by_block<blocks, spread>(keys, truth, vectors / 8);
        // Whoever has the least outcome there is has been taken for an equal of the absent.
        const auto count = [&](std::size_t block) {
            return __builtin_popcountll(judged.present[block / spread]);
        };
        const Words absent = words(
            [&](std::size_t block) { return static_cast<int>(vectors * spread) - count(block); });
        const Words mean = words([&](std::size_t block) { return count(block) + 1; });
        Words informative = Words{};
        for (std::size_t eight = 0; eight < vectors / 8; ++eight) {
            truth[eight] -= absent & (keys[eight] == least_outcome);
            truth[eight] &= taking[eight];
            informative |= (truth[eight] != mean) & taking[eight];
        }
        const u64 informed = Vector::signs(informative);
        const auto loss = Vector::template gather<Ints>([&](std::size_t block) {
            return Quad{} + static_cast<i32>(model::performance::LOSS[count(block)]);
        });
        const Words learns = words([&](std::size_t block) {
            constexpr u64 all = (u64{1} << (16 * spread)) - 1;
            const std::size_t decision = block / spread;
            return judged.learns[decision] && (informed >> (16 * spread * decision) & all) ? -1 : 0;
        });
        for (std::size_t octet = 0; octet < octets; ++octet) {
            Ints squares[2] = {};
            for (std::size_t eight = 0; eight < vectors / 8; ++eight) {
                add_pairs<blocks, spread>(judged, octet, eight, truth[eight], squares);
            }
            if constexpr (spread == 2) {
                squares[0] += Vector::swap_blocks(squares[0]);
                squares[1] += Vector::swap_blocks(squares[1]);
            }
            const Words used =
                learns & Vector::template gather<Words>([&](std::size_t block) {
                    const std::size_t decision = block / spread;
                    return load<Quad>(judged.used[decision] + octet * judged.apart[decision]);
                });
            const Words uses[] = {Vector::interleave_low(used, used),
                                  Vector::interleave_high(used, used)};
            for (std::size_t part = 0; part < 2; ++part) {
                constexpr std::size_t decisions = blocks / spread;
                Quad gained[blocks], learning[blocks], after[decisions];
                Vector::each(coefficients<blocks>(squares[part], loss),
                             [&](std::size_t block, Quad values) { gained[block] = values; });
                Vector::each(uses[part],
                             [&](std::size_t block, Quad values) { learning[block] = values; });
                i32* const here = performance_ + 8 * octet + 4 * part;
                Quad now = load<Quad>(here);
                for (std::size_t i = 0; i < decisions; ++i) {
                    now += ((gained[spread * i] - now) >> rate) & learning[spread * i];
                    after[i] = now;
                }
                store(here, now);
                performance[2 * octet + part] = Vector::template gather<Ints>(
                    [&](std::size_t block) { return after[block / spread]; });
            }
        }
    }

    // Adds squares of the differences of eight candidates' ranks, for each system of an octet.
    template <std::size_t blocks, std::size_t spread, class Words, class Ints>
    HYDROPHONE_INLINE static void add_pairs(const Judged<blocks / spread>& judged,
                                            std::size_t octet, std::size_t eight, Words truth,
                                            Ints (&squares)[2]) {
        using Vector = Lanes<blocks>;
        const auto differ = [&](auto which) __attribute__((always_inline)) {
            const auto half = Vector::template gather<Words>([&](std::size_t block) {
                const std::size_t i = block / spread;
                return load<Quad>(judged.half[i] + octet * judged.octet[i] +
                                  eight * judged.eight[i] + which * judged.apart[i] +
                                  block % spread * judged.part[i]);
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
    alignas(16) i16 half_[octets][MAX_CANDIDATES][8]{};
    alignas(16) i32 performance_[4 * PARTS]{};
};

}  // namespace HYDROPHONE_KERNELS

#endif
