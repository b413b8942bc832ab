// Realised returns: what became of each candidate since the settlement; see
// hydrophone_model.signals.realised.
#pragma once

#include "core/state.hpp"
#include "core/state_archive.hpp"
#include "dsp/exp2.hpp"

namespace HYDROPHONE_KERNELS {

class Realised {
  public:
    using Params = params::RealisedParams;
    static constexpr std::size_t MAX_CANDIDATES = params::REALISED_CANDIDATES_MAX;

    explicit Realised(const Params& p)
        : candidates_(static_cast<std::size_t>(p.candidates)),
          last_event_(static_cast<u32>(p.horizon - 1)) {}

    void reset() {
        event_ = 0;
        for (std::size_t i = 0; i < MAX_CANDIDATES; ++i) {
            now_[i] = then_[i] = 0;
        }
    }

    // Takes in a print; true where returns are settled with it.
    HYDROPHONE_INLINE bool settles(std::size_t symbol, i64 price) {
        if (event_ == 0) [[unlikely]] {
            __builtin_memcpy(then_, now_, sizeof then_);
        }
        if (symbol < candidates_) {
            now_[symbol] = static_cast<u32>(price);
            then_[symbol] = then_[symbol] != 0 ? then_[symbol] : now_[symbol];
        }
        const bool last = event_ == last_event_;
        event_ = last ? 0 : event_ + 1;
        return last;
    }

    // A candidate's return so far; 0 before its first print.
    HYDROPHONE_INLINE i64 outcome(std::size_t candidate) const {
        using namespace model::realised;
        const i64 change = i64{now_[candidate]} - then_[candidate];
        const i64 exponent = log2(static_cast<u64>(magnitude(change))) -
                             log2(u64{then_[candidate]}) -
                             STEP_LOG2 * (i64{1} << model::log2::FRACTION);
        return keep(change != 0, signed_by(change >> 63, exp2<RETURN>(exponent)));
    }

    std::size_t candidates() const { return candidates_; }

    void state(StateArchive& archive) {
        archive(event_);
        archive(now_, candidates_);
        archive(then_, candidates_);
    }

  private:
    std::size_t candidates_;
    u32 last_event_;
    u32 event_ = 0;
    // Prices, which are never 0: it stands for none.
    u32 now_[MAX_CANDIDATES] = {};
    u32 then_[MAX_CANDIDATES] = {};
};

}  // namespace HYDROPHONE_KERNELS
