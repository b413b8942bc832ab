// Cognitive diversity of systems; see hydrophone_model.fusion.diversity.
#pragma once

#include "core/network.hpp"
#include "dsp/exp2.hpp"
#include "fusion/normal.hpp"

namespace HYDROPHONE_KERNELS {

// What the exponent of a diversity is less by: squares have twice the fraction bits of a score.
inline constexpr i64 DIVERSITY_LESS = i64{model::normal::NORMAL.fraction} << model::log2::FRACTION;

// The rank-score function: values in falling order. Those of the candidates that are not present
// are 0 and so come last.
inline void rank_score(const i64* values, std::size_t candidates, i64* function) {
    for (std::size_t i = 0; i < candidates; ++i) {
        std::size_t place = i;
        for (; place && function[place - 1] < values[i]; --place) {
            function[place] = function[place - 1];
        }
        function[place] = values[i];
    }
}

// Diversity of two systems' rank-score functions over `count` present candidates.
inline i64 diversity(const i64* a, const i64* b, std::size_t candidates, i64 count) {
    i64 squares = 0;
    for (std::size_t i = 0; i < candidates; ++i) {
        squares += (a[i] - b[i]) * (a[i] - b[i]);
    }
    const i64 mean = log2(static_cast<u64>(squares)) - log2(static_cast<u64>(count));
    return keep(squares > 0, exp2<model::diversity::DIVERSITY>((mean >> 1) - DIVERSITY_LESS));
}

#if !defined(HYDROPHONE_SCALAR)

// The greater of two numbers where a decision's first block is, the lesser one in its second.
template <std::size_t blocks, class Words = typename Lanes<blocks>::Words>
HYDROPHONE_INLINE Words split(Words a, Words b) {
    const auto second = Lanes<blocks>::template gather<Words>(
        [](std::size_t block) { return Quad{} - static_cast<i32>(block % 2); });
    return second ? (a < b ? a : b) : (a > b ? a : b);
}

// The rank-score functions of candidates that are vectors of values, in their place: each lane by
// itself, or with that of the neighbouring block if decisions have two (`spread`). `fixed` is the
// number of vectors, or 0.
template <std::size_t blocks, std::size_t spread, std::size_t fixed,
          class Words = typename Lanes<blocks>::Words>
HYDROPHONE_INLINE void rank_score(Words* values, std::size_t vectors) {
    using Vector = Lanes<blocks>;
    const auto exchange = [&](std::size_t i, std::size_t j) __attribute__((always_inline)) {
        const Words a = values[i], b = values[j];
        values[i] = a > b ? a : b;
        values[j] = a > b ? b : a;
    };
    const auto sort = [&]() __attribute__((always_inline)) {
        if constexpr (fixed != 0) {
            sort_fixed<fixed>(exchange);
        } else {
            sorting_network(vectors, exchange);
        }
    };
    sort();
    if constexpr (spread == 2) {
        // The greatest of one block with the least of the other, and so on: each pair's greater
        // one is among the upper half, which is the first block's.
        for (std::size_t i = 0, j = vectors - 1; i < j; ++i, --j) {
            const Words a = values[i], b = values[j];
            values[i] = split<blocks>(a, Vector::swap_blocks(b));
            values[j] = split<blocks>(b, Vector::swap_blocks(a));
        }
        if constexpr (fixed != 0 && (fixed & (fixed - 1)) == 0) {
            merge_fixed<fixed>(exchange);
        } else {
            sort();
        }
    }
}

// Sums of each system's diversities to the others, four systems to a block: `parts` vectors hold
// them all.
template <std::size_t blocks, std::size_t spread, std::size_t parts>
class Diversities {
    using Vector = Lanes<blocks>;
    using Ints = typename Vector::Ints;
    using Words = typename Vector::Words;

  public:
    // Takes in two places of the rank-score functions of eight systems each.
    HYDROPHONE_INLINE void add(const Words (&first)[parts / 2], const Words (&second)[parts / 2]) {
        Ints both[parts];
        for (std::size_t octet = 0; octet < parts / 2; ++octet) {
            const Words a = first[octet], b = second[octet];
            both[2 * octet] = reinterpret_cast<Ints>(Vector::interleave_low(a, b));
            both[2 * octet + 1] = reinterpret_cast<Ints>(Vector::interleave_high(a, b));
        }
        visit([&](std::size_t pair, std::size_t i, std::size_t j, auto turn)
                  __attribute__((always_inline)) {
                      const auto turned = Vector::template rotate<turn>(both[j]);
                      const auto apart = reinterpret_cast<Ints>(reinterpret_cast<Words>(both[i]) -
                                                                reinterpret_cast<Words>(turned));
                      squares_[pair / 4][pair % 4] += Vector::multiply_pairs(apart, apart);
                  });
    }

    // `log_count` is log2 of the present candidates, `used` all ones where a system is.
    HYDROPHONE_INLINE void totals(Words log_count, const Ints (&used)[parts],
                                  Ints (&result)[parts]) const {
        for (Ints& total : result) {
            total = Ints{};
        }
        Ints diversities[PAIRS / 4][4];
        if constexpr (spread == 1) {
            for (std::size_t four = 0; four < PAIRS / 4; ++four) {
                roots(squares_[four], log_count, diversities[four]);
            }
        } else {
            // Sums over both blocks, of two vectors at a time, are a vector.
            for (std::size_t four = 0; four < PAIRS / 4; four += 2) {
                Ints squares[4], found[4];
                for (std::size_t i = 0; i < 4; ++i) {
                    const Ints a = squares_[four][i], b = squares_[four + 1][i];
                    squares[i] = Vector::template pair_blocks<0>(a, b) +
                                 Vector::template pair_blocks<1>(a, b);
                }
                roots(squares, log_count, found);
                for (std::size_t i = 0; i < 4; ++i) {
                    diversities[four][i] = Vector::template pair_blocks<0>(found[i], found[i]);
                    diversities[four + 1][i] = Vector::template pair_blocks<1>(found[i], found[i]);
                }
            }
        }
        visit([&](std::size_t pair, std::size_t i, std::size_t j, auto turn)
                  __attribute__((always_inline)) {
                      const Ints both = used[i] & Vector::template rotate<turn>(used[j]);
                      const Ints apart = diversities[pair / 4][pair % 4] & both;
                      result[i] += apart;
                      // Half a turn within a vector meets every pair twice.
                      if (i != j || turn != 2) {
                          result[j] += Vector::template rotate<(4 - turn) % 4>(apart);
                      }
                  });
    }

  private:
    // Roots of the means of squares.
    HYDROPHONE_INLINE static void roots(const Ints (&squares)[4], Words log_count,
                                        Ints (&result)[4]) {
        Words exponents[2];
        log2<blocks>(squares, exponents);
        for (Words& exponent : exponents) {
            exponent = ((exponent - log_count) >> 1) - static_cast<i16>(DIVERSITY_LESS);
        }
        exp2<blocks, model::diversity::DIVERSITY>(exponents, result);
        for (std::size_t i = 0; i < 4; ++i) {
            result[i] &= squares[i] > 0;
        }
    }

    static constexpr std::size_t PAIRS = parts * 2 + parts * (parts - 1) / 2 * 4;

    // Every pair of systems: those of vector i with those of vector j turned round.
    template <class Visit>
    HYDROPHONE_INLINE static void visit(const Visit& visit) {
        std::size_t pair = 0;
        for (std::size_t i = 0; i < parts; ++i) {
            visit(pair++, i, i, Turn<1>{});
            visit(pair++, i, i, Turn<2>{});
            for (std::size_t j = i + 1; j < parts; ++j) {
                visit(pair++, i, j, Turn<0>{});
                visit(pair++, i, j, Turn<1>{});
                visit(pair++, i, j, Turn<2>{});
                visit(pair++, i, j, Turn<3>{});
            }
        }
    }

    template <std::size_t by>
    using Turn = std::integral_constant<std::size_t, by>;

    Ints squares_[PAIRS / 4][4]{};
};

#endif

}  // namespace HYDROPHONE_KERNELS
