// Score matrix: the latest scores of every candidate; see hydrophone_model.signals.score_matrix.
#pragma once

#include "core/state.hpp"
#include "core/state_archive.hpp"

namespace HYDROPHONE_KERNELS {

// One-hot masks of a row of candidates: all ones at one of them.
struct OneHot {
    static constexpr std::size_t MAX = params::SCORE_MATRIX_CANDIDATES_MAX;
    i16 ones[2 * MAX + 1] = {};

    constexpr OneHot() { ones[MAX] = -1; }

    const i16* at(std::size_t candidate) const { return ones + MAX - candidate; }
    const i16* none() const { return ones + MAX + 1; }
};

inline constexpr OneHot ONE_HOT;

class ScoreMatrix {
  public:
    using Params = params::ScoreMatrixParams;
    static constexpr std::size_t MAX_SYSTEMS = params::SCORE_MATRIX_SYSTEMS_MAX;
    static constexpr std::size_t MAX_CANDIDATES = params::SCORE_MATRIX_CANDIDATES_MAX;

    explicit ScoreMatrix(const Params& p)
        : ScoreMatrix(static_cast<std::size_t>(p.systems), p.candidates) {}

    ScoreMatrix(std::size_t systems, i64 candidates)
        : systems_(systems), candidates_(static_cast<std::size_t>(candidates)) {
        reset();
    }

    void reset() {
        for (i16& score : scores_) {
            score = MISSING;
        }
        for (u8& present : present_) {
            present = 0;
        }
    }

    // Takes a symbol's scores, one a system; of one that is no candidate none. Copies the score
    // matrix: scores, system after system, and who is present.
    HYDROPHONE_INLINE void renew(std::size_t symbol, const i64* column, i16* scores, u8* present) {
        const i16* const one_hot = symbol < candidates_ ? ONE_HOT.at(symbol) : ONE_HOT.none();
        bool complete = true;
        for (std::size_t system = 0; system < systems_; ++system) {
            const auto score = static_cast<i16>(column[system]);
            complete &= score != MISSING;
            const std::size_t start = system * candidates_;
            renew_row(scores_ + start, scores + start, one_hot, score);
        }
        if (symbol < candidates_ && present_[symbol] != complete) [[unlikely]] {
            present_[symbol] = complete;
        }
        __builtin_memcpy(present, present_, candidates_);
    }

    std::size_t systems() const { return systems_; }
    std::size_t candidates() const { return candidates_; }

    void state(StateArchive& archive) {
        // Candidate after candidate.
        const auto place = [this](std::size_t i) {
            return i % systems_ * candidates_ + i / systems_;
        };
        archive.values(
            systems_ * candidates_, [&](std::size_t i) { return i64{scores_[place(i)]}; },
            [&](std::size_t i, i64 score) { scores_[place(i)] = static_cast<i16>(score); });
        for (std::size_t candidate = 0; archive.loading() && candidate < candidates_; ++candidate) {
            present_[candidate] = 1;
            for (std::size_t system = 0; system < systems_; ++system) {
                present_[candidate] &= scores_[system * candidates_ + candidate] != MISSING;
            }
        }
    }

    const i16* scores() const { return scores_; }
    const u8* present() const { return present_; }

  private:
    static constexpr auto MISSING = static_cast<i16>(model::formats::MISSING);
    static_assert(model::formats::SCORE.width == 16, "scores are kept in 16 bits");

    // Vectors are read and written whole: one read just after a lane of it was would wait.
    HYDROPHONE_INLINE void renew_row(i16* row, i16* copy, const i16* one_hot, i16 score) const {
        std::size_t i = 0;
#if !defined(HYDROPHONE_SCALAR)
        constexpr std::size_t lanes = sizeof(i16x8) / sizeof(i16);
        for (; i + lanes <= candidates_; i += lanes) {
            i16x8 mask, before;
            __builtin_memcpy(&mask, one_hot + i, sizeof mask);
            __builtin_memcpy(&before, row + i, sizeof before);
            const i16x8 renewed = (score & mask) | (before & ~mask);
            __builtin_memcpy(row + i, &renewed, sizeof renewed);
            __builtin_memcpy(copy + i, &renewed, sizeof renewed);
        }
#endif
        for (; i < candidates_; ++i) {
            copy[i] = row[i] = one_hot[i] != 0 ? score : row[i];
        }
    }

    std::size_t systems_;
    std::size_t candidates_;
    alignas(64) i16 scores_[MAX_SYSTEMS * MAX_CANDIDATES];
    alignas(64) u8 present_[MAX_CANDIDATES];
};

}  // namespace HYDROPHONE_KERNELS
