// From prints and their whale scores to decisions; see hydrophone_model.signals.desk.
#pragma once

#include "core/kernels.hpp"
#include "core/store.hpp"
#include "signals/board.hpp"
#include "signals/realised.hpp"
#include "signals/signals.hpp"

namespace HYDROPHONE_KERNELS {

// A chunk of prints.
struct Prints {
    u32 symbol[CHUNK];
    Column price, size, side, tail;
};

// All but the fusion.
class Desk {
  public:
    using Params = params::DeskParams;

    explicit Desk(const Params& p)
        : signals_(p.signals, layouts_),
          store_(layouts_, p.signals.symbols, 1),
          board_(Signals::SYSTEMS, p.signals.candidates),
          realised_(p.realised) {
        if (allocated()) {
            reset();
        }
    }

    bool allocated() const { return store_.allocated(); }

    void reset() {
        store_.reset(*this);
        board_.reset();
        realised_.reset();
    }

    void begin(std::byte*) const {}

    // What every print of a symbol reads comes first in its memory.
    HYDROPHONE_INLINE void prefetch(std::size_t number) const {
        std::byte* const symbol = store_.symbol(number);
        for (std::size_t line = 0; line < Signals::FIRST_LINES; ++line) {
            __builtin_prefetch(symbol + 64 * line, 1);
        }
    }

    // What the fusion is to be given for each print. Valid until the next call.
    template <class Chunk>
    HYDROPHONE_INLINE FusionInput process(Chunk& at, const Prints& prints) {
        for (std::size_t i = 0; i < at.count; ++i) {
            at.symbol[i] = store_.symbol(prints.symbol[i]);
        }
        Column scores[Signals::SYSTEMS];
        signals_.process(at, {prints.price, prints.size, prints.side, prints.tail}, {scores});
        const std::size_t candidates = board_.candidates();
        for (std::size_t i = 0; i < at.count; ++i) {
            i64 column[Signals::SYSTEMS];
            for (std::size_t system = 0; system < Signals::SYSTEMS; ++system) {
                column[system] = scores[system][i];
            }
            board_.renew(prints.symbol[i], column);
            board_.copy(scores_ + i * Signals::SYSTEMS * candidates, present_ + i * candidates);
            learn_[i] = realised_.settles(prints.symbol[i], prints.price[i]);
            if (learn_[i]) [[unlikely]] {
                for (std::size_t candidate = 0; candidate < candidates; ++candidate) {
                    outcome_[i * candidates + candidate] =
                        static_cast<i16>(realised_.outcome(candidate));
                }
            }
        }
        return {scores_, present_, outcome_, learn_};
    }

  private:
    Layouts layouts_;
    Signals signals_;
    Store store_;
    Board board_;
    Realised realised_;
    alignas(64) i16 scores_[CHUNK * Signals::SYSTEMS * Board::MOST_CANDIDATES];
    alignas(64) u8 present_[CHUNK * Board::MOST_CANDIDATES];
    alignas(64) i16 outcome_[CHUNK * Board::MOST_CANDIDATES] = {};
    u8 learn_[CHUNK];
};

}  // namespace HYDROPHONE_KERNELS
