// One decision of eight systems on sixteen candidates, all of which take part: the most common
// table, in registers. Other tables, and those that it refuses, are for library/fusion.hpp, which
// adds in the same order and so gives the same bits.
//
// Systems are the lanes of an octet, a vector for each candidate, as long as systems are compared:
// one sorting network then sorts all their scores, and an octet turned by 1 to 4 lanes meets every
// other system. Candidates are the lanes where systems are summed over.
#pragma once

#include "library/fusion_rows.hpp"

#if !defined(HYDROPHONE_SCALAR)

#include "core/network.hpp"
#include "core/shuffles.hpp"

namespace HYDROPHONE_KERNELS::library {

class FusionTable {
  public:
    static constexpr std::size_t SYSTEMS = 8, CANDIDATES = ROW;

    // False, and nothing is written, unless every system can be used and the weights are near 1.
    // `performance` may be null; `ranks` has a row for each system, `stride` numbers apart.
    static bool decide(const float* scores, const float* performance, float* fused,
                       float* diversity, float* ranks, std::size_t stride) {
        FusionTable table;
        if (!table.sort(scores)) {
            return false;
        }
        const Octet strength = table.compare();
        table.weigh(0, strength, 0x1p-12f);
        Octet trust = {};
        if (performance != nullptr) {
            trust = octet_of([&](std::size_t part) {
                const Part known = load_any<Part>(performance + part * WIDTH);
                return known < Part{} ? Part{} : known;
            });
            const float sum = total(trust);
            if (sum != 0 && scale_of_weights(sum) != 1) [[unlikely]] {
                return false;
            }
        }
        table.weigh(1, trust, 0x1p-15f);
        put(diversity, strength);
        if (table.ties_) {
            rank_all<true>(scores, ranks, stride);
        } else {
            rank_all<false>(scores, ranks, stride);
        }
        table.combine(scores, ranks, stride, fused);
        return true;
    }

  private:
    static constexpr std::size_t BLOCKS = VECTOR_BYTES > 16 ? 2 : 1;
    static constexpr std::size_t WIDTH = 4 * BLOCKS, PARTS = SYSTEMS / WIDTH;
    using Shuffle = Shuffles<BLOCKS>;
    using Part = typename Shuffle::Floats;
    using Ints = typename Shuffle::Ints;

    // A number of every system.
    struct Octet {
        Part part[PARTS];
    };

    template <class Compute>
    HYDROPHONE_INLINE static Octet octet_of(Compute compute) {
        Octet octet;
#pragma GCC unroll 2
        for (std::size_t part = 0; part < PARTS; ++part) {
            octet.part[part] = compute(part);
        }
        return octet;
    }

    HYDROPHONE_INLINE static void put(float* to, const Octet& octet) {
#pragma GCC unroll 2
        for (std::size_t part = 0; part < PARTS; ++part) {
            store_any(to + part * WIDTH, octet.part[part]);
        }
    }

    HYDROPHONE_INLINE static Octet sum(const Octet& a, const Octet& b) {
        return octet_of([&](std::size_t part) { return a.part[part] + b.part[part]; });
    }

    // Lane i is lane i + `by`, going round.
    template <int by, int... i>
    HYDROPHONE_INLINE static Octet turned(const Octet& a, std::integer_sequence<int, i...>) {
        constexpr int last = static_cast<int>(PARTS) - 1;
        if constexpr (PARTS == 1) {
            return {{__builtin_shufflevector(a.part[0], a.part[0], ((i + by) % 8)...)}};
        } else {
            return {{__builtin_shufflevector(a.part[0], a.part[last], ((i + by) % 8)...),
                     __builtin_shufflevector(a.part[0], a.part[last], ((i + by + 4) % 8)...)}};
        }
    }
    template <int by>
    HYDROPHONE_INLINE static Octet turned(const Octet& a) {
        return turned<by>(a, std::make_integer_sequence<int, static_cast<int>(WIDTH)>{});
    }

    // The sum of all lanes, by halves.
    HYDROPHONE_INLINE static float total(const Octet& octet) {
        Part sum = octet.part[0];
        if constexpr (PARTS == 2) {
            sum += octet.part[1];
        }
        return fold(sum, [](auto a, auto b) { return a + b; });
    }

    // A part's scores as candidates: lanes are systems from here on.
    HYDROPHONE_INLINE static void load_part(const float* scores, std::size_t part,
                                            Part (&candidate)[CANDIDATES]) {
#pragma GCC unroll 4
        for (std::size_t first = 0; first < CANDIDATES; first += 4) {
            Ints rows[4];
#pragma GCC unroll 4
            for (std::size_t i = 0; i < 4; ++i) {
                const float* const from = scores + (part * WIDTH + i) * CANDIDATES + first;
                rows[i] = Shuffle::template gather<Ints>([&](std::size_t block) {
                    return load_any<Quad>(from + 4 * block * CANDIDATES);
                });
            }
            Shuffle::transpose(rows);
#pragma GCC unroll 4
            for (std::size_t i = 0; i < 4; ++i) {
                candidate[first + i] = reinterpret_cast<Part>(rows[i]);
            }
        }
    }

    // Sorts each system's scores and normalises them.
    HYDROPHONE_INLINE bool sort(const float* scores) {
        Ints fit = ~Ints{}, ties = {};
        for (std::size_t part = 0; part < PARTS; ++part) {
            Part sorted[CANDIDATES];
            load_part(scores, part, sorted);
            // The sum is a NaN where a score is one; else only infinite scores make it one.
            Part sum = sorted[0];
#pragma GCC unroll 16
            for (std::size_t i = 1; i < CANDIDATES; ++i) {
                sum += sorted[i];
            }
            sort_fixed<CANDIDATES>([&](std::size_t i, std::size_t j)
                                       __attribute__((always_inline)) {
                                           const Part a = sorted[i], b = sorted[j];
                                           sorted[i] = a > b ? a : b;
                                           sorted[j] = a < b ? a : b;
                                       });
            const Part low = sorted[CANDIDATES - 1], range = sorted[0] - low;
            fit &= (sum == sum) & (range > 0) & (range - range == 0);
            store_any(lowest_ + part * WIDTH, low);
            store_any(range_ + part * WIDTH, range);
#pragma GCC unroll 16
            for (std::size_t i = 0; i + 1 < CANDIDATES; ++i) {
                ties |= sorted[i] == sorted[i + 1];
                function_[i].part[part] = (sorted[i] - low) / range;
            }
        }
        ties_ = fold(ties, [](auto a, auto b) { return a | b; }) != 0;
        return fold(fit, [](auto a, auto b) { return a & b; }) != 0;
    }

    // Adds the squares of what candidates first, first + step, ... are apart by halves; the last
    // one's value is 0 for every system.
    template <int by, std::size_t first = 0, std::size_t step = 1>
    HYDROPHONE_INLINE Octet apart() const {
        if constexpr (step < CANDIDATES / 2) {
            return sum(apart<by, first, 2 * step>(), apart<by, first + step, 2 * step>());
        } else if constexpr (first + step + 1 < CANDIDATES) {
            return sum(square<by>(first), square<by>(first + step));
        } else {
            return square<by>(first);
        }
    }
    template <int by>
    HYDROPHONE_INLINE Octet square(std::size_t i) const {
        const Octet other = turned<by>(function_[i]);
        return octet_of([&](std::size_t part) {
            const Part d = function_[i].part[part] - other.part[part];
            return d * d;
        });
    }

    // The diversity of each system and the one `by` lanes on, its share in the mean.
    template <int by>
    HYDROPHONE_INLINE Octet diversity() const {
        constexpr float others = SYSTEMS - 1;
        constexpr float share = 1 / (static_cast<float>(CANDIDATES) * others * others);
        alignas(64) float squares[SYSTEMS];
        put(squares, apart<by>());
        for (float& square : squares) {
            square = __builtin_sqrtf(square * share);
        }
        return octet_of([&](std::size_t part) { return load_any<Part>(squares + part * WIDTH); });
    }

    // Diversity strength.
    HYDROPHONE_INLINE Octet compare() const {
        const Octet by1 = diversity<1>(), by2 = diversity<2>(), by3 = diversity<3>();
        const Octet by4 = diversity<4>();
        const Octet onward = sum(sum(sum(by1, by2), by3), by4);
        return sum(sum(sum(onward, turned<5>(by3)), turned<6>(by2)), turned<7>(by1));
    }

    // Each system's share of the weights, and of their reciprocals.
    HYDROPHONE_INLINE void weigh(std::size_t way, const Octet& weights, float least_weight) {
        const Octet inverse = octet_of([&](std::size_t part) {
            const Part least = Part{} + least_weight, given = weights.part[part];
            return 1.0f / (given < least ? least : given);
        });
        const float score_sum = total(weights);
        const float per_score = 1 / score_sum, per_rank = 1 / total(inverse);
        const bool plain = score_sum == 0;
        put(score_share_[way], octet_of([&](std::size_t part) {
                return plain ? Part{} + EVEN : weights.part[part] * per_score;
            }));
        put(rank_share_[way], octet_of([&](std::size_t part) {
                return plain ? Part{} + EVEN : inverse.part[part] * per_rank;
            }));
    }

    // Mean ranks of a system's scores: twice a rank is 17, more by the greater scores, less by the
    // lesser ones.
    template <bool ties>
    HYDROPHONE_INLINE static Row rank(const float* scores) {
        using V = Vector<float>;
        using Bits = typename BitsOf<V>::type;
        const Row mine = row_at(scores);
        Bits more[Row::PARTS] = {};
#pragma GCC unroll 16
        for (std::size_t j = 0; j < CANDIDATES; ++j) {
            // Less 0, which costs nothing; 0 more would, for it turns -0.
            const V other = scores[j] - V{};
#pragma GCC unroll 4
            for (std::size_t part = 0; part < Row::PARTS; ++part) {
                more[part] += is_greater(other, mine.part[part]);
                if constexpr (ties) {
                    more[part] -= is_greater(mine.part[part], other);
                }
            }
        }
        return row_of([&](std::size_t part) {
            return ties ? 0.5f * as_floats<V>(more[part] + static_cast<i32>(CANDIDATES + 1))
                        : as_floats<V>(more[part] + 1);
        });
    }

    template <bool ties>
    HYDROPHONE_INLINE static void rank_all(const float* scores, float* ranks, std::size_t stride) {
        for (std::size_t k = 0; k < SYSTEMS; ++k) {
            put_row(ranks + k * stride, rank<ties>(scores + k * CANDIDATES));
        }
    }

    // The weighted means of values and ranks.
    HYDROPHONE_INLINE void combine(const float* scores, const float* ranks, std::size_t stride,
                                   float* fused) const {
        using V = Vector<float>;
#pragma GCC unroll 4
        for (std::size_t part = 0; part < Row::PARTS; ++part) {
            const std::size_t at = part * WIDTH_OF<float>;
            V score[3] = {}, rank[3] = {};
#pragma GCC unroll 8
            for (std::size_t k = 0; k < SYSTEMS; ++k) {
                const V given = load_any<V>(scores + k * CANDIDATES + at);
                const V place = load_any<V>(ranks + k * stride + at);
                const V value = (given - lowest_[k]) / range_[k];
                score[0] += value * EVEN;
                rank[0] += place * EVEN;
#pragma GCC unroll 2
                for (std::size_t way = 0; way < 2; ++way) {
                    score[1 + way] += value * score_share_[way][k];
                    rank[1 + way] += place * rank_share_[way][k];
                }
            }
#pragma GCC unroll 3
            for (std::size_t side = 0; side < 3; ++side) {
                const V one = V{} + 1.0f;
                store_any(fused + side * CANDIDATES + at, score[side] < one ? score[side] : one);
                store_any(fused + (3 + side) * CANDIDATES + at, rank[side]);
            }
        }
    }

    static constexpr float EVEN = 1.0f / SYSTEMS;

    bool ties_;
    // The rank-score functions, less their last value, which is 0.
    Octet function_[CANDIDATES];
    // By system.
    alignas(64) float lowest_[SYSTEMS];
    alignas(64) float range_[SYSTEMS];
    // By diversity, and by performance.
    alignas(64) float score_share_[2][SYSTEMS];
    alignas(64) float rank_share_[2][SYSTEMS];
};

}  // namespace HYDROPHONE_KERNELS::library

#endif
