// Shannon entropy of the bins in a sliding window; see hydrophone_model.dsp.entropy.
#pragma once

#include "core/state.hpp"
#include "core/state_archive.hpp"

namespace HYDROPHONE_KERNELS {

class Entropy {
  public:
    using Params = params::EntropyParams;
    struct Input {
        const Column& bin;
    };
    struct Output {
        Column& entropy;
        Column& full;
    };

    Entropy(const Params& p, Layouts& layouts)
        : window_(static_cast<u32>(p.window)),
          bins_(static_cast<std::size_t>(p.bins)),
          log2_window_(exact_log2(p.window)),
          table_(p.table.data),
          state_(layouts.symbol.reserve<State>(1)),
          ring_(layouts.symbol.reserve<u8>(static_cast<std::size_t>(p.window))),
          counts_(layouts.symbol.reserve<u16>(static_cast<std::size_t>(p.bins))) {}

    template <class Chunk>
    HYDROPHONE_INLINE void process(const Chunk& at, const Input& in, const Output& out) const {
        for (std::size_t i = 0; i < at.count; ++i) {
            const Measured now = step(at.symbol[i], in.bin[i]);
            out.entropy[i] = now.entropy;
            out.full[i] = now.full;
        }
    }

    void state(std::byte* symbol, StateArchive& archive) const {
        State& s = *state_.at(symbol);
        u8* const ring = ring_.at(symbol);
        archive(s.filled);
        archive.ring(
            window_, s.next, [=](std::size_t i) { return i64{ring[i]}; },
            [=](std::size_t i, i64 bin) { ring[i] = static_cast<u8>(bin); });
        if (archive.loading()) {
            s.next = 0;
            u16* const counts = counts_.at(symbol);
            __builtin_memset(counts, 0, bins_ * sizeof *counts);
            for (std::size_t i = window_ - s.filled; i < window_; ++i) {
                ++counts[ring[i]];
            }
            i64 terms = 0;
            for (std::size_t bin = 0; bin < bins_; ++bin) {
                terms += table_[counts[bin]] - table_[0];
            }
            s.terms = static_cast<i32>(terms);
        }
    }

  private:
    struct State {
        i32 terms;
        u16 next;
        u16 filled;
    };
    struct Measured {
        i64 entropy;
        bool full;
    };

    // The table is of integers, so the sum over all bins follows from the two bins that change.
    HYDROPHONE_INLINE Measured step(std::byte* symbol, i64 bin) const {
        State& s = *state_.at(symbol);
        u8* const ring = ring_.at(symbol);
        u16* const counts = counts_.at(symbol);
        i64 terms = s.terms;
        const auto leaving = ring[s.next];
        ring[s.next] = static_cast<u8>(bin);
        s.next = static_cast<u16>((s.next + 1u) & (window_ - 1));
        // The leaving bin first: a count never exceeds the window, and so the table.
        const bool was_full = s.filled == window_;
        if (was_full) {
            const u32 before = counts[leaving]--;
            terms += table_[before - 1] - table_[before];
        }
        const u32 entered = ++counts[bin];
        terms += table_[entered] - table_[entered - 1];
        s.filled = static_cast<u16>(s.filled + !was_full);
        s.terms = static_cast<i32>(terms);
        const bool full = s.filled == window_;
        const i64 most_bits = i64{log2_window_} << model::entropy::TABLE_FRACTION;
        const i64 value = saturate(most_bits - (terms >> log2_window_), model::entropy::ENTROPY);
        return {keep(full, value), full};
    }

    u32 window_;
    std::size_t bins_;
    int log2_window_;
    const i64* table_;
    Piece<State> state_;
    Piece<u8> ring_;
    Piece<u16> counts_;
};

}  // namespace HYDROPHONE_KERNELS
