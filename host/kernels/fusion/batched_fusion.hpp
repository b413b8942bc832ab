// Combinatorial fusion, several decisions at once: each has a block of every vector. One that comes
// alone has two, and its candidates half the vectors.
//
// A block holds eight systems as words, an octet, so that a candidate is a vector for each octet,
// and what is done to one system is done to all. Four systems as ints are a part. Once systems are
// summed over, four candidates take their place. Who is not there, candidate or system, takes no
// part: sizes are filled up to whole octets.
#pragma once

#include "fusion/combine.hpp"
#include "fusion/decision.hpp"
#include "fusion/intermediates.hpp"
#include "fusion/memory.hpp"
#include "fusion/rank_keys.hpp"
#include "fusion/rows.hpp"

#if !defined(HYDROPHONE_SCALAR)

namespace HYDROPHONE_KERNELS {

// `fixed` is the number of candidates where the code is made for one, else 0.
template <std::size_t octets, std::size_t fixed>
class BatchedFusion {
  public:
    using Params = params::FusionParams;

    BatchedFusion(const Params& p, const DecisionLayout& layout)
        : layout_(layout),
          systems_(static_cast<std::size_t>(p.systems)),
          candidates_(static_cast<std::size_t>(p.candidates)) {
        reconfigure(p);
        reset();
    }

    bool fits(const Params& p) const {
        return static_cast<std::size_t>(p.systems) == systems_ &&
               static_cast<std::size_t>(p.candidates) == candidates_;
    }

    void reconfigure(const Params& p) {
        rate_ = static_cast<int>(p.rate);
        combination_ = p.combination;
    }

    void reset() { memory_ = {}; }
    void state(StateArchive& archive) { memory_.state(systems_, candidates_, archive); }

    void process(const FusionInput& in, std::byte* decisions, std::size_t count) {
        std::size_t event = 0;
        for (; event + MAX_BLOCKS <= count; event += MAX_BLOCKS) {
            decide<MAX_BLOCKS, 1>(in, event, decisions);
        }
        constexpr std::size_t alone = least<std::size_t>(MAX_BLOCKS, 2);
        for (; event < count; ++event) {
            decide<alone, alone>(in, event, decisions);
        }
    }

  private:
    static constexpr std::size_t PARTS = 2 * octets;
    static constexpr std::size_t ROOM = fixed ? fixed : MAX_CANDIDATES;
    // A reciprocal weight in two pieces, and a diversity too if it may not fit a signed word.
    static constexpr int INVERSE_PIECE = 13;
    static constexpr int TOTAL_PIECE = 8;
    static_assert(model::combine::INVERSE.width <= 2 * INVERSE_PIECE);

    HYDROPHONE_INLINE std::size_t candidates() const { return fixed ? fixed : candidates_; }

    template <std::size_t blocks, std::size_t spread>
    using Intermediates = FusionIntermediates<octets, ROOM, blocks, spread>;
    template <std::size_t blocks>
    using Pairs = WeightPairs<octets, blocks>;

    // As many decisions as `spread` blocks each of a vector hold.
    template <std::size_t blocks, std::size_t spread>
    [[gnu::noinline, gnu::aligned(64)]] void decide(const FusionInput& in, std::size_t event,
                                                    std::byte* decisions) {
        Intermediates<blocks, spread> intermediates;
        for (std::size_t i = 0; i < blocks / spread; ++i) {
            const u64 all = ~u64{0} >> (64 - candidates());
            intermediates.present[i] =
                in.present == nullptr
                    ? all
                    : set_of(in.present + (event + i) * candidates(), candidates());
            intermediates.counts[i] = __builtin_popcountll(intermediates.present[i]);
        }
        intermediates.take(in.scores + event * systems_ * candidates(), systems_, candidates());
        // What takes long comes first: ranks, which it does not wait for, are found meanwhile.
        intermediates.template compare<fixed>(candidates());
        intermediates.rank(candidates());
        memory_.template learn<blocks, spread>(
            in, event, candidates(), vectors_of<spread>(candidates()), rate_, intermediates.present,
            intermediates.half, intermediates.used, intermediates.performance);
        Writer out{decisions + event * layout_.size, layout_, systems_, candidates()};
        combine(intermediates, out);
    }

    template <std::size_t blocks, std::size_t spread>
    HYDROPHONE_INLINE void combine(const Intermediates<blocks, spread>& intermediates,
                                   const Writer& out) const {
        using Vector = Lanes<blocks>;
        using Words = typename Vector::Words;
        using Ints = typename Vector::Ints;
        using Longs = typename Vector::UnsignedLongs;

        Ints trusts[PARTS], inverses[2][PARTS], below[4] = {};
        for (std::size_t part = 0; part < PARTS; ++part) {
            const Ints known = intermediates.performance[part];
            trusts[part] = ((known > 0 ? known : Ints{}) >> TRUST_DOWN) & intermediates.uses[part];
            below[0] += intermediates.totals[part];
            below[1] += trusts[part];
        }
        for (std::size_t part = 0; part < PARTS; part += 2) {
            Ints found[2][2];
            inverse<blocks, spread>({intermediates.totals[part], intermediates.totals[part + 1]},
                                    {trusts[part], trusts[part + 1]}, found);
            for (std::size_t i = 0; i < 4; ++i) {
                Ints& kept = inverses[i / 2][part + i % 2];
                kept = found[i / 2][i % 2] & intermediates.uses[part + i % 2];
                below[2 + i / 2] += kept;
            }
        }
        // Rows to columns: one sum adds the lanes of all four.
        Vector::transpose(below);
        const Ints sums = below[0] + below[1] + below[2] + below[3];
        const FourDividers<blocks> dividers(sums);
        const auto by_diversity = dividers.template get<0>(), by_trust = dividers.template get<1>();
        const auto by_rarity = dividers.template get<2>(), by_doubt = dividers.template get<3>();
        const Ints alike = Vector::template spread<0>(sums) == 0;
        const Ints unknown = Vector::template spread<1>(sums) == 0;

        const Pairs<blocks> ones([&](std::size_t part) { return intermediates.uses[part] & 1; });
        const Pairs<blocks> trust([&](std::size_t part) { return trusts[part]; });
        Pairs<blocks> total[octets], inverse[2][2];
        if constexpr (octets == 1) {
            total[0] = Pairs<blocks>([&](std::size_t part) { return intermediates.totals[part]; });
        } else {
            total[0] = Pairs<blocks>(
                [&](std::size_t part) { return intermediates.totals[part] >> TOTAL_PIECE; });
            total[1] = Pairs<blocks>([&](std::size_t part) {
                return intermediates.totals[part] & ((1 << TOTAL_PIECE) - 1);
            });
        }
        for (std::size_t way = 0; way < 2; ++way) {
            inverse[way][0] = Pairs<blocks>(
                [&](std::size_t part) { return inverses[way][part] >> INVERSE_PIECE; });
            inverse[way][1] = Pairs<blocks>(
                [&](std::size_t part) { return inverses[way][part] & ((1 << INVERSE_PIECE) - 1); });
        }

        const Ints systems = intermediates.each(
            [&](std::size_t decision) { return intermediates.systems[decision]; });
        const auto inverted = [](Ints number) {
            return 1.0f / Vector::to_float(number > 1 ? number : Ints{} + 1);
        };
        const auto per_system = inverted(systems);
        RankKeys<blocks, spread, Intermediates<blocks, spread>::VECTORS, octets == 1> keys(
            combination_);
        for (std::size_t first = 0; first < vectors_of<spread>(candidates()); first += 8) {
            Ints fused[2 * SIDE][2];
            for (std::size_t side = 0; side < 2; ++side) {
                const std::size_t from = first + 4 * side;
                const Ints taking = four_of(intermediates, from);
                Ints scores[octets][4], ranks[octets][4];
                for (std::size_t octet = 0; octet < octets; ++octet) {
                    for (std::size_t i = 0; i < 4; ++i) {
                        scores[octet][i] =
                            reinterpret_cast<Ints>(intermediates.values[octet][from + i]);
                        ranks[octet][i] =
                            reinterpret_cast<Ints>(intermediates.half[octet][from + i]);
                    }
                    Vector::transpose(scores[octet]);
                    Vector::transpose(ranks[octet]);
                }
                const Ints score_sum = ones.sum(scores), rank_sum = ones.sum(ranks);
                const Ints mean_score = mean<blocks>(score_sum, per_system);
                const Ints mean_rank = mean<blocks>(rank_sum << RANK_FINER, per_system);
                Ints diverse = total[0].sum(scores);
                if constexpr (octets == 2) {
                    diverse = (diverse << TOTAL_PIECE) + total[1].sum(scores);
                }
                const Ints trusted = trust.sum(scores);
                Longs rare[2], doubted[2];
                split(inverse[0], ranks, rare);
                split(inverse[1], ranks, doubted);
                const auto choose = [&](Ints plain, Ints flat, Ints weighted) {
                    return Vector::choose(flat, plain, weighted) & taking;
                };
                fused[0][side] = mean_score;
                fused[1][side] = choose(
                    mean_score, alike,
                    by_diversity.template divide<0>(Vector::even(diverse), Vector::odd(diverse)));
                fused[2][side] = choose(
                    mean_score, unknown,
                    by_trust.template divide<0>(Vector::even(trusted), Vector::odd(trusted)));
                fused[3][side] = mean_rank;
                fused[4][side] = choose(mean_rank, alike,
                                        by_rarity.template divide<RANK_FINER>(rare[0], rare[1]));
                fused[5][side] =
                    choose(mean_rank, unknown,
                           by_doubt.template divide<RANK_FINER>(doubted[0], doubted[1]));
                keys.add(from / 4, taking, {score_sum, diverse, trusted, alike, unknown, rank_sum},
                         rare, doubted);
            }
            for (std::size_t way = 0; way < 2 * SIDE; ++way) {
                const Words eight = Vector::narrow(fused[way][0], fused[way][1]);
                Vector::each(eight, [&](std::size_t block, Quad values) {
                    out.fused(block / spread, way, candidate_at<spread>(first, block), values);
                });
            }
        }
        write_ranks(intermediates, keys, systems, out);

        const auto per_other = inverted(systems - 1);
        for (std::size_t octet = 0; octet < octets; ++octet) {
            const Words strengths =
                Vector::narrow(mean<blocks>(intermediates.totals[2 * octet], per_other),
                               mean<blocks>(intermediates.totals[2 * octet + 1], per_other));
            each_decision<spread>(strengths, [&](std::size_t decision, Quad values) {
                out.diversity(decision, octet, values);
            });
            each_decision<spread>(
                Vector::narrow(intermediates.used[octet] & 1, Words{}),
                [&](std::size_t decision, Quad values) { out.used(decision, octet, values); });
        }
        for (std::size_t part = 0; part < PARTS; ++part) {
            each_decision<spread>(intermediates.performance[part],
                                  [&](std::size_t decision, Quad values) {
                                      out.performance(decision, part, values);
                                  });
        }
    }

    // Sums of ranks with reciprocal weights, which are in two pieces.
    template <std::size_t blocks, class Ints, class Longs>
    HYDROPHONE_INLINE static void split(const Pairs<blocks> (&weights)[2],
                                        const Ints (&ranks)[octets][4], Longs (&sums)[2]) {
        using Vector = Lanes<blocks>;
        const Ints high = weights[0].sum(ranks), low = weights[1].sum(ranks);
        sums[0] = (Vector::even(high) << INVERSE_PIECE) + Vector::even(low);
        sums[1] = (Vector::odd(high) << INVERSE_PIECE) + Vector::odd(low);
    }

    // Shows every decision a block of its own.
    template <std::size_t spread, class Vector, class Visit>
    HYDROPHONE_INLINE static void each_decision(Vector a, const Visit& visit) {
        Lanes<sizeof(Vector) / sizeof(Quad)>::each(a, [&](std::size_t block, Quad values) {
            if (block % spread == 0) {
                visit(block / spread, values);
            }
        });
    }

    // All ones where one of four candidates, of four vectors before lanes changed, is present.
    template <std::size_t blocks, std::size_t spread>
    HYDROPHONE_INLINE static typename Lanes<blocks>::Ints four_of(
        const Intermediates<blocks, spread>& intermediates, std::size_t first) {
        using Vector = Lanes<blocks>;
        using Ints = typename Vector::Ints;
        const auto sets = Vector::template gather<Ints>([&](std::size_t block) {
            const u64 all = intermediates.present[block / spread];
            return Quad{} + static_cast<i32>(all >> candidate_at<spread>(first, block) & 15);
        });
        constexpr Quad lane = {1, 2, 4, 8};
        const auto lanes = Vector::template gather<Ints>([&](std::size_t) { return lane; });
        return (sets & lanes) != 0;
    }

    // Ranks by the keys, and who is first.
    template <std::size_t blocks, std::size_t spread, class Keys>
    HYDROPHONE_INLINE void write_ranks(const Intermediates<blocks, spread>& intermediates,
                                       const Keys& keys, typename Lanes<blocks>::Ints systems,
                                       const Writer& out) const {
        using Vector = Lanes<blocks>;
        using Ints = typename Vector::Ints;
        constexpr int far = 1 << 20;
        const Ints decided = systems > 0;
        const std::size_t fours = vectors_of<spread>(candidates()) / 4;
        Ints half[Intermediates<blocks, spread>::VECTORS / 4];
        keys.ranks(fours, half);
        Ints best = Ints{} + far;
        for (std::size_t four = 0; four < fours; ++four) {
            const Ints taking = four_of(intermediates, 4 * four);
            const Ints rank = half[four] & taking;
            const auto number = Vector::template gather<Ints>([&](std::size_t block) {
                constexpr Quad lane = {0, 1, 2, 3};
                return lane + static_cast<i32>(candidate_at<spread>(4 * four, block));
            });
            const Ints placed = Vector::choose(taking, (rank << 8) + number, Ints{} + far);
            best = placed < best ? placed : best;
            half[four] = rank & decided;
        }
        for (std::size_t four = 0; four < fours; four += 2) {
            const auto ranks = Vector::narrow(half[four], half[four + 1]);
            Vector::each(Vector::narrow(ranks, ranks), [&](std::size_t block, Quad values) {
                out.rank(block / spread, candidate_at<spread>(4 * four, block), values);
            });
        }
        const auto lesser = [](Ints a, Ints b) { return a < b ? a : b; };
        best = lesser(best, Vector::template rotate<1>(best));
        best = lesser(best, Vector::template rotate<2>(best));
        if constexpr (spread == 2) {
            best = lesser(best, Vector::swap_blocks(best));
        }
        each_decision<spread>(best & 0xFF & decided, [&](std::size_t decision, Quad values) {
            out.decided(decision, intermediates.systems[decision] > 0, values[0]);
        });
    }

    DecisionLayout layout_;
    std::size_t systems_;
    std::size_t candidates_;
    int rate_;
    i64 combination_;
    FusionMemory<octets> memory_;
};

}  // namespace HYDROPHONE_KERNELS

#endif
