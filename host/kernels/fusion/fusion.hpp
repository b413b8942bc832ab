// Combinatorial fusion, one decision after another: the reference; see
// hydrophone_model.fusion.fusion.
#pragma once

#include "core/state_archive.hpp"
#include "fusion/combine.hpp"
#include "fusion/decision.hpp"
#include "fusion/diversity.hpp"
#include "fusion/normal.hpp"
#include "fusion/performance.hpp"
#include "fusion/ranks.hpp"

namespace HYDROPHONE_KERNELS {

class Fusion {
  public:
    using Params = params::FusionParams;

    Fusion(const Params& p, const DecisionLayout& layout) : layout_(layout) {
        reconfigure(p);
        reset();
    }

    bool fits(const Params& p) const {
        return static_cast<std::size_t>(p.systems) == systems_ &&
               static_cast<std::size_t>(p.candidates) == candidates_;
    }

    void reconfigure(const Params& p) {
        systems_ = static_cast<std::size_t>(p.systems);
        candidates_ = static_cast<std::size_t>(p.candidates);
        rate_ = static_cast<int>(p.rate);
        combination_ = p.combination;
    }

    void reset() {
        before_ = {};
        __builtin_memset(performance_, 0, sizeof performance_);
    }

    void process(const FusionInput& in, std::byte* decisions, std::size_t count) {
        const u64 all = ~u64{0} >> (64 - candidates_);
        for (std::size_t event = 0; event < count; ++event) {
            const std::size_t row = event * candidates_;
            Ranked now;
            now.present = in.present == nullptr ? all : set_of(in.present + row, candidates_);
            const bool learns = in.learn != nullptr && in.learn[event];
            if (learns) {
                learn(in.outcome + row);
            }
            decide(in.scores + row * systems_, now,
                   Decision(decisions + event * layout_.size, layout_));
            if (learns) {
                before_ = now;
            }
        }
    }

    void state(StateArchive& archive) {
        archive(performance_, systems_);
        archive.values(
            systems_ * candidates_,
            [this](std::size_t i) {
                const std::size_t system = i / candidates_, candidate = i % candidates_;
                const bool counts = before_.used[system] && holds(before_.present, candidate);
                return keep(counts, before_.half[system][candidate]);
            },
            [this](std::size_t i, i64 half) {
                before_.half[i / candidates_][i % candidates_] = half;
            });
        archive(before_.used, systems_);
        present_state(before_.present, candidates_, archive);
    }

  private:
    // What is remembered of a decision: outcomes will show who ranked well.
    struct Ranked {
        u64 present;
        bool used[MAX_SYSTEMS];
        i64 half[MAX_SYSTEMS][MAX_CANDIDATES];
    };

    // A candidate's combinations.
    struct Combined {
        i64 values[SIDE];
        i64 keys[SIDE];
    };

    void learn(const i16* outcome) {
        i64 truth[MAX_CANDIDATES];
        half_ranks(outcome, before_.present, candidates_, truth);
        if (!is_informative(truth, before_.present, candidates_)) {
            return;
        }
        const i64 count = __builtin_popcountll(before_.present);
        for (std::size_t k = 0; k < systems_; ++k) {
            if (before_.used[k]) {
                performance_[k] = HYDROPHONE_KERNELS::learn(performance_[k], before_.half[k], truth,
                                                            candidates_, count, rate_);
            }
        }
    }

    void decide(const i16* scores, Ranked& now, const Decision& out) const {
        const u64 present = now.present;
        const i64 count = __builtin_popcountll(present);
        i64 values[MAX_SYSTEMS][MAX_CANDIDATES], functions[MAX_SYSTEMS][MAX_CANDIDATES];
        i64 used = 0, totals[MAX_SYSTEMS] = {};
        for (std::size_t k = 0; k < systems_; ++k) {
            const i16* const row = scores + k * candidates_;
            half_ranks(row, present, candidates_, now.half[k]);
            now.used[k] = normalise(row, present, candidates_, values[k]);
            used += now.used[k];
            rank_score(values[k], candidates_, functions[k]);
            for (std::size_t other = 0; other < k; ++other) {
                const bool both = now.used[k] && now.used[other];
                const i64 apart =
                    both ? diversity(functions[k], functions[other], candidates_, count) : 0;
                totals[k] += apart;
                totals[other] += apart;
            }
        }
        i64 weights[SIDE][MAX_SYSTEMS];
        for (std::size_t k = 0; k < systems_; ++k) {
            weights[0][k] = now.used[k];
            weights[1][k] = totals[k];
            weights[2][k] = keep(now.used[k], trust(performance_[k]));
            out.used()[k] = now.used[k];
            out.diversity()[k] = static_cast<u16>(totals[k] / most<i64>(used - 1, 1));
            out.performance()[k] = static_cast<i32>(performance_[k]);
        }
        combine(now, values, weights, out);
    }

    void combine(const Ranked& now, const i64 (&values)[MAX_SYSTEMS][MAX_CANDIDATES],
                 const i64 (&weights)[SIDE][MAX_SYSTEMS], const Decision& out) const {
        i64 inverses[SIDE][MAX_SYSTEMS], below[2][SIDE] = {};
        for (std::size_t way = 0; way < SIDE; ++way) {
            for (std::size_t k = 0; k < systems_; ++k) {
                const i64 weight = weights[way][k];
                inverses[way][k] = way == 0 ? weight : keep(now.used[k], inverse(weight));
                below[0][way] += weight;
                below[1][way] += inverses[way][k];
            }
        }
        const i64 used = below[0][0];
        const i64 count = __builtin_popcountll(now.present);
        i64 keys[MAX_CANDIDATES];
        for (std::size_t i = 0; i < candidates_; ++i) {
            Combined scores, ranks;
            for (std::size_t way = 0; way < SIDE; ++way) {
                i64 score = 0, rank = 0;
                for (std::size_t k = 0; k < systems_; ++k) {
                    score += weights[way][k] * values[k][i];
                    rank += inverses[way][k] * now.half[k][i];
                }
                const bool plain = way == 0 || below[0][way] == 0;
                add(scores, way, score, plain ? 0 : below[0][way], used, 0);
                add(ranks, way, rank, plain ? 0 : below[1][way], used, RANK_FINER);
                const i64 limit = count << model::combine::RANKED_FRACTION;
                const i64 value = least(scores.values[way], i64{model::normal::ONE});
                out.fused_scores()[way * candidates_ + i] = static_cast<u16>(value);
                out.fused_ranks()[way * candidates_ + i] =
                    static_cast<u16>(least(ranks.values[way], limit));
            }
            const auto way = static_cast<std::size_t>(combination_);
            keys[i] = way < SIDE ? scores.keys[way] : -ranks.keys[way - SIDE];
        }
        i64 half[MAX_CANDIDATES];
        half_ranks(keys, now.present, candidates_, half);
        *out.decided() = used > 0;
        write_ranks(half, used > 0, out);
    }

    // A quotient, or without a denominator the plain mean.
    static void add(Combined& to, std::size_t way, i64 above, i64 below, i64 used, int finer) {
        const i64 sum = way == 0 || below != 0 ? above : to.keys[0];
        to.keys[way] = sum;
        to.values[way] =
            below != 0 ? Divider(below).divide(sum, finer) : (sum << finer) / most<i64>(used, 1);
    }

    void write_ranks(const i64* half, bool decided, const Decision& out) const {
        std::size_t best = 0;
        i64 first = 2 * MAX_CANDIDATES + 1;
        for (std::size_t i = 0; i < candidates_; ++i) {
            out.rank()[i] = static_cast<u8>(keep(decided, half[i]));
            if (half[i] != 0 && half[i] < first) {
                first = half[i];
                best = i;
            }
        }
        *out.best() = static_cast<u8>(keep(decided, static_cast<i64>(best)));
    }

    DecisionLayout layout_;
    std::size_t systems_;
    std::size_t candidates_;
    int rate_;
    i64 combination_;
    Ranked before_;
    i64 performance_[MAX_SYSTEMS];
};

}  // namespace HYDROPHONE_KERNELS
