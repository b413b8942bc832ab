// Signal pipeline: from prints and their whale scores to what the fusion decides on; see
// hydrophone_model.signals.signal_pipeline.
#pragma once

#include "core/kernels.hpp"
#include "core/state_archive.hpp"
#include "core/state_memory.hpp"
#include "signals/realised.hpp"
#include "signals/score_matrix.hpp"
#include "signals/signals.hpp"

namespace HYDROPHONE_KERNELS {

// A chunk of prints.
struct Prints {
    std::size_t count;
    u32 symbol[CHUNK];
    Column price, size, side, tail;
};

// Decisions that a chunk of prints needs of the fusion.
struct DecisionRequest {
    FusionInput input;
    std::size_t count;
    // Which decision is that of each print, from 1; 0 is the last one of the chunk before.
    const u8* place;
};

// The signal pipeline but for the fusion.
class SignalPipeline {
  public:
    using Params = params::SignalPipelineParams;

    explicit SignalPipeline(const Params& p)
        : signals_(p.signals, layouts_),
          memory_(layouts_, p.signals.symbols, 1),
          score_matrix_(Signals::SYSTEMS, p.signals.candidates),
          realised_(p.realised),
          candidates_(static_cast<std::size_t>(p.signals.candidates)) {
        if (allocated()) {
            reset();
        }
    }

    bool allocated() const { return memory_.allocated(); }

    void reset() {
        memory_.reset(*this);
        score_matrix_.reset();
        realised_.reset();
        begun_ = false;
    }

    void begin(std::byte*) const {}

    // What every print of a symbol reads comes first in its memory.
    HYDROPHONE_INLINE void prefetch(std::size_t number) const {
        std::byte* const symbol = memory_.symbol(number);
        for (std::size_t line = 0; line < Signals::FIRST_LINES; ++line) {
            __builtin_prefetch(symbol + 64 * line, 1);
        }
    }

    // Only prints of candidates, and those that settle, request a decision: of others it is that of
    // the print before. Other symbols have no signals. Valid until the next call.
    HYDROPHONE_INLINE DecisionRequest request(const Prints& prints) {
        u32 requesting[CHUNK];
        std::size_t count = 0;
        for (std::size_t i = 0; i < prints.count; ++i) {
            const u32 symbol = prints.symbol[i];
            const bool settles = realised_.settles(symbol, prints.price[i]);
            if (settles) [[unlikely]] {
                settle(count);
            }
            learn_[count] = settles;
            requesting[count] = static_cast<u32>(i);
            count += (symbol < candidates_) | settles | !begun_;
            begun_ = true;
            place_[i] = static_cast<u8>(count);
        }
        if (count == CHUNK) {
            WholeChunk at;
            score(at, prints);
        } else if (count == 1) {
            SingleEvent at;
            score(at, gathered(prints, requesting, count));
        } else if (count != 0) {
            PartOfChunk at;
            at.count = count;
            score(at, gathered(prints, requesting, count));
        }
        return {
            .input = {.scores = scores_, .present = present_, .outcome = outcome_, .learn = learn_},
            .count = count,
            .place = place_};
    }

    // Of every symbol; but for the candidates, whose signals alone are computed, zeros.
    bool symbol_state(const StateRecord& record, std::byte* records, bool loading) {
        StateArchive archive(record, loading);
        for (std::size_t number = 0; number < memory_.symbols(); ++number) {
            std::byte* const at = records + number * record.size;
            if (number < candidates_) {
                archive.begin(at);
                signals_.state(memory_.symbol(number), archive);
                if (!archive.complete()) {
                    return false;
                }
            } else if (!loading) {
                __builtin_memset(at, 0, record.size);
            }
        }
        return true;
    }

    // Of the design, without the fusion. Any print may follow: the last decision must be made anew.
    void design_state(StateArchive& archive) {
        score_matrix_.state(archive);
        realised_.state(archive);
        if (archive.loading()) {
            begun_ = true;
        }
    }

    // What the last decision was made of.
    FusionInput last_input() const {
        return {.scores = score_matrix_.scores(),
                .present = score_matrix_.present(),
                .outcome = nullptr,
                .learn = nullptr};
    }

  private:
    static constexpr std::size_t SYSTEMS = Signals::SYSTEMS;

    [[gnu::noinline]] void settle(std::size_t place) {
        for (std::size_t i = 0; i < candidates_; ++i) {
            outcome_[place * candidates_ + i] = static_cast<i16>(realised_.outcome(i));
        }
    }

    HYDROPHONE_INLINE static Prints gathered(const Prints& prints, const u32* places,
                                             std::size_t count) {
        Prints gathered;
        gathered.count = count;
        for (std::size_t i = 0; i < count; ++i) {
            const u32 place = places[i];
            gathered.symbol[i] = prints.symbol[place];
            gathered.price[i] = prints.price[place];
            gathered.size[i] = prints.size[place];
            gathered.side[i] = prints.side[place];
            gathered.tail[i] = prints.tail[place];
        }
        return gathered;
    }

    template <class Chunk>
    [[gnu::noinline]] void score(Chunk& at, const Prints& prints) {
        for (std::size_t i = 0; i < at.count; ++i) {
            at.symbol[i] = memory_.symbol(prints.symbol[i]);
        }
        Column scores[SYSTEMS];
        signals_.process(
            at,
            {.price = prints.price, .size = prints.size, .side = prints.side, .tail = prints.tail},
            {.column = scores});
        for (std::size_t i = 0; i < at.count; ++i) {
            i64 column[SYSTEMS];
            for (std::size_t system = 0; system < SYSTEMS; ++system) {
                column[system] = scores[system][i];
            }
            score_matrix_.renew(prints.symbol[i], column, scores_ + i * SYSTEMS * candidates_,
                                present_ + i * candidates_);
        }
    }

    Layouts layouts_;
    Signals signals_;
    StateMemory memory_;
    ScoreMatrix score_matrix_;
    Realised realised_;
    alignas(64) i16 scores_[CHUNK * SYSTEMS * ScoreMatrix::MAX_CANDIDATES];
    alignas(64) u8 present_[CHUNK * ScoreMatrix::MAX_CANDIDATES];
    alignas(64) i16 outcome_[CHUNK * ScoreMatrix::MAX_CANDIDATES] = {};
    u8 learn_[CHUNK];
    u8 place_[CHUNK];
    std::size_t candidates_;
    bool begun_ = false;
};

}  // namespace HYDROPHONE_KERNELS
