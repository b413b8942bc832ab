// Size entropy: how little sizes vary, signed by the aggressor's side; see
// hydrophone_model.signals.size_entropy.
#pragma once

#include "core/average.hpp"
#include "core/flow.hpp"
#include "dsp/entropy.hpp"
#include "signals/quotient.hpp"

namespace HYDROPHONE_KERNELS {

class SizeEntropy {
  public:
    using Params = params::SizeEntropyParams;
    struct Input {
        const Column& print;
        const Column& side;
    };
    struct Output {
        Column& score;
    };

    SizeEntropy(const Params& p, Layouts& layouts)
        : memory_(static_cast<int>(p.memory)),
          evidence_(p.entropy),
          sides_(layouts.symbol.reserve<ExponentialAverage>(1)),
          entropy_(p.entropy, layouts) {}

    template <class Chunk>
    HYDROPHONE_INLINE void process(const Chunk& at, const Input& in, const Output& out) const {
        using model::size_entropy::SIDE_FRACTION;
        using namespace model::formats;
        const i64 down = EVIDENCE.fraction + SIDE_FRACTION + memory_ - SCORE.fraction;
        Column octave, entropy, full;
        for (std::size_t i = 0; i < at.count; ++i) {
            octave[i] = evidence_.bin(in.print[i]);
        }
        entropy_.process(at, {.bin = octave}, {.entropy = entropy, .full = full});
        for (std::size_t i = 0; i < at.count; ++i) {
            ExponentialAverage& sides = *sides_.at(at.symbol[i]);
            sides.learn(signed_by(-in.side[i], i64{1} << SIDE_FRACTION), memory_);
            const i64 below = evidence_(entropy[i], full[i] != 0);
            out.score[i] = if_known(full[i] != 0, (below * sides.mean) >> down);
        }
    }

    void state(std::byte* symbol, StateArchive& archive) const {
        archive(*sides_.at(symbol));
        entropy_.state(symbol, archive);
    }

  private:
    int memory_;
    EntropyEvidence evidence_;
    Piece<ExponentialAverage> sides_;
    Entropy entropy_;
};

}  // namespace HYDROPHONE_KERNELS
