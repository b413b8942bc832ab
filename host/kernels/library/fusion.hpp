// Combinatorial fusion of scoring systems, by the published formulas (Hsu, Chung and Kristal 2006;
// Hsu, Kristal and Schweikert 2010) in float32; see hydrophone_model.fusion.fusion for the same in
// fixed point, and for what the papers leave open.
#pragma once

#include "library/fusion_field.hpp"
#include "library/fusion_table.hpp"

namespace HYDROPHONE_KERNELS::library {

// Sum of the squared differences of two rank-score functions.
HYDROPHONE_INLINE float apart(const Candidates& a, const Candidates& b, const Field& field) {
    Row squares;
    for (std::size_t row = 0; row < field.filled(); row += ROW) {
        const Row x = row_at(a.value + row), y = row_at(b.value + row);
        squares = row_of([&](std::size_t part) {
            const Vector<float> d = x.part[part] - y.part[part];
            return squares.part[part] + d * d;
        });
    }
    return squares.total();
}

class Fusion {
  public:
    Fusion(std::size_t systems, std::size_t candidates, const float* performance)
        : systems_(systems), candidates_(candidates), performance_(performance) {}

    // One decision; see hydrophone_kernels.h.
    void decide(const float* scores, const u8* present, float* fused, float* diversities) {
        field_.choose(present, candidates_);
        if (decide_table(scores, fused, diversities)) {
            return;
        }
        used_count_ = 0;
        for (std::size_t system = 0; system < systems_; ++system) {
            take(scores + system * candidates_, system);
        }
        compare();
        for (std::size_t system = 0; system < systems_; ++system) {
            diversities[system] = 0;
        }
        float trust[MAX_SYSTEMS] = {};
        for (std::size_t k = 0; k < used_count_; ++k) {
            diversities[used_[k]] = strength_[k];
            trust[k] = performance_ == nullptr ? 0.0f : most(performance_[used_[k]], 0.0f);
        }
        const float scale = scale_of_weights(row_at(trust).total());
        for (float& weight : trust) {
            weight *= scale;
        }
        const float even[MAX_SYSTEMS] = {};
        const float* const weights[3] = {even, strength_, trust};
        // A weight of 0 counts as the least step that it has in fixed point.
        const float least_weight[3] = {1, 0x1p-12f, 0x1p-15f * scale};
        for (std::size_t side = 0; side < 3; ++side) {
            combine(weights[side], least_weight[side], fused + side * candidates_,
                    fused + (3 + side) * candidates_);
        }
    }

    // What a later outcome judges: the ranks of the used systems.
    bool is_used(std::size_t system, const Candidates*& ranks) const {
        for (std::size_t k = 0; k < used_count_; ++k) {
            if (used_[k] == system) {
                ranks = &ranks_[k];
                return true;
            }
        }
        return false;
    }
    const Field& field() const { return field_; }

  private:
    // The same in fewer steps, where the table is one of those.
    HYDROPHONE_INLINE bool decide_table([[maybe_unused]] const float* scores,
                                        [[maybe_unused]] float* fused,
                                        [[maybe_unused]] float* diversities) {
#if !defined(HYDROPHONE_SCALAR)
        if (systems_ == FusionTable::SYSTEMS && candidates_ == FusionTable::CANDIDATES &&
            field_.count == candidates_ &&
            FusionTable::decide(scores, performance_, fused, diversities, ranks_[0].value,
                                MAX_CANDIDATES)) {
            used_count_ = systems_;
            for (std::size_t k = 0; k < FusionTable::SYSTEMS; ++k) {
                used_[k] = k;
            }
            return true;
        }
#endif
        return false;
    }

    // Takes in a system's scores, if it can be used.
    HYDROPHONE_INLINE void take(const float* scores, std::size_t system) {
        Candidates given;
        const std::size_t k = used_count_;
        if (field_.count < 2) {
            return;
        }
        field_.gather(scores, given);
        if (!normalise(given, field_, values_[k])) {
            return;
        }
        i32 places[MAX_CANDIDATES];
        rank(given, field_, ranks_[k], places);
        for (std::size_t i = field_.count; i < field_.filled(); ++i) {
            by_place_[k][i] = 0;
        }
        for (std::size_t i = 0; i < field_.count; ++i) {
            by_place_[k][static_cast<std::size_t>(places[i])] = values_[k][i];
        }
        used_[used_count_++] = system;
    }

    // Diversity strength: the mean diversity, sqrt(mean square difference), from the other used
    // systems.
    HYDROPHONE_INLINE void compare() {
        constexpr std::size_t most_pairs = MAX_SYSTEMS * (MAX_SYSTEMS - 1) / 2;
        alignas(64) float pair[most_pairs / ROW * ROW + ROW];
        std::size_t pairs = 0;
        for (std::size_t a = 0; a < used_count_; ++a) {
            for (std::size_t b = a + 1; b < used_count_; ++b) {
                pair[pairs++] = apart(by_place_[a], by_place_[b], field_);
            }
        }
        for (std::size_t i = pairs; i % ROW != 0; ++i) {
            pair[i] = 0;
        }
        // The count, and the other systems that the mean is over, leave the root together.
        const float others = static_cast<float>(most<std::size_t>(used_count_, 2) - 1);
        const float share = 1 / (static_cast<float>(field_.count) * others * others);
        for (std::size_t row = 0; row < pairs; row += ROW) {
            for (std::size_t i = row; i < row + ROW; ++i) {
                pair[i] = __builtin_sqrtf(pair[i] * share);
            }
        }
        float between[MAX_SYSTEMS][MAX_SYSTEMS];
        pairs = 0;
        for (std::size_t a = 0; a < used_count_; ++a) {
            for (std::size_t b = a + 1; b < used_count_; ++b) {
                between[a][b] = between[b][a] = pair[pairs++];
            }
        }
        // From the next system on, going round.
        for (std::size_t k = 0; k < MAX_SYSTEMS; ++k) {
            strength_[k] = 0;
        }
        for (std::size_t k = 0; k < used_count_; ++k) {
            for (std::size_t by = 1; by < used_count_; ++by) {
                const std::size_t other = k + by;
                strength_[k] += between[k][other < used_count_ ? other : other - used_count_];
            }
        }
    }

    // The weighted means of scores and, with reciprocal weights, of ranks; where all weights are 0
    // the plain averages. Weights beyond the used systems are 0.
    HYDROPHONE_INLINE void combine(const float* weights, float least_weight, float* fused_scores,
                                   float* fused_ranks) const {
        alignas(64) float score_share[MAX_SYSTEMS], rank_share[MAX_SYSTEMS];
        for (std::size_t k = 0; k < MAX_SYSTEMS; ++k) {
            score_share[k] = weights[k];
            rank_share[k] = k < used_count_ ? 1 / most(weights[k], least_weight) : 0.0f;
        }
        const float score_sum = row_at(score_share).total();
        const float rank_sum = row_at(rank_share).total();
        const float even = 1 / static_cast<float>(used_count_);
        const float per_score = 1 / score_sum, per_rank = 1 / rank_sum;
        const bool plain = score_sum == 0;
        for (std::size_t k = 0; k < MAX_SYSTEMS; ++k) {
            score_share[k] = plain ? even : score_share[k] * per_score;
            rank_share[k] = plain ? even : rank_share[k] * per_rank;
        }
        Candidates scores, ranks;
        for (std::size_t row = 0; row < field_.filled(); row += ROW) {
            Row s, r;
            for (std::size_t k = 0; k < used_count_; ++k) {
                const Row value = row_at(values_[k].value + row);
                const Row rank = row_at(ranks_[k].value + row);
                s = row_of([&](std::size_t part) {
                    return s.part[part] + value.part[part] * score_share[k];
                });
                r = row_of([&](std::size_t part) {
                    return r.part[part] + rank.part[part] * rank_share[k];
                });
            }
            put_row(scores.value + row, row_of([&](std::size_t part) {
                        const Vector<float> one = Vector<float>{} + 1.0f;
                        return s.part[part] < one ? s.part[part] : one;
                    }));
            put_row(ranks.value + row, r);
        }
        field_.scatter(scores, fused_scores);
        field_.scatter(ranks, fused_ranks);
    }

    std::size_t systems_;
    std::size_t candidates_;
    const float* performance_;
    Field field_;
    // By number among the used systems.
    std::size_t used_count_ = 0;
    std::size_t used_[MAX_SYSTEMS];
    Candidates values_[MAX_SYSTEMS];
    Candidates ranks_[MAX_SYSTEMS];
    Candidates by_place_[MAX_SYSTEMS];
    float strength_[MAX_SYSTEMS];
};

}  // namespace HYDROPHONE_KERNELS::library
