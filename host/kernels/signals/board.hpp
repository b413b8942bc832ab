// The latest scores of every candidate; see hydrophone_model.signals.board.
#pragma once

#include "core/state.hpp"

namespace HYDROPHONE_KERNELS {

class Board {
  public:
    using Params = params::BoardParams;
    static constexpr std::size_t MOST_SYSTEMS = params::BOARD_SYSTEMS_MAX;
    static constexpr std::size_t MOST_CANDIDATES = params::BOARD_CANDIDATES_MAX;

    explicit Board(const Params& p) : Board(static_cast<std::size_t>(p.systems), p.candidates) {}

    Board(std::size_t systems, i64 candidates)
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

    // Takes a symbol's scores, one a system; of one that is no candidate none.
    template <class Score>
    HYDROPHONE_INLINE void renew(std::size_t symbol, const Score* column) {
        if (symbol >= candidates_) {
            return;
        }
        bool complete = true;
        for (std::size_t system = 0; system < systems_; ++system) {
            const auto score = static_cast<i16>(column[system]);
            scores_[system * candidates_ + symbol] = score;
            complete &= score != MISSING;
        }
        present_[symbol] = complete;
    }

    // Writes all scores, then who is present.
    void tell(i64* out) const {
        for (std::size_t i = 0; i < systems_ * candidates_; ++i) {
            *out++ = scores_[i];
        }
        for (std::size_t i = 0; i < candidates_; ++i) {
            *out++ = present_[i];
        }
    }

    // The same in the fusion's widths.
    HYDROPHONE_INLINE void copy(i16* scores, u8* present) const {
        __builtin_memcpy(scores, scores_, systems_ * candidates_ * sizeof *scores);
        __builtin_memcpy(present, present_, candidates_);
    }

    std::size_t candidates() const { return candidates_; }

  private:
    static constexpr auto MISSING = static_cast<i16>(model::formats::MISSING);
    static_assert(model::formats::SCORE.width == 16, "scores are kept in 16 bits");

    std::size_t systems_;
    std::size_t candidates_;
    alignas(64) i16 scores_[MOST_SYSTEMS * MOST_CANDIDATES];
    alignas(64) u8 present_[MOST_CANDIDATES];
};

}  // namespace HYDROPHONE_KERNELS
