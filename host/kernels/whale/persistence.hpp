// Persistence of one side: two-sided CUSUM; see hydrophone_model.whale.persistence.
#pragma once

#include "core/state.hpp"
#include "core/state_archive.hpp"
#include "dsp/log2.hpp"

namespace HYDROPHONE_KERNELS {

class Persistence {
  public:
    using Params = params::PersistenceParams;
    struct Input {
        const Column& side;
        const Column& joined;
        const Column& above_print;
    };
    struct Output {
        Column& persistence;
    };

    Persistence(const Params& p, Layouts& layouts)
        : base_(p.base),
          most_(p.most),
          joined_(static_cast<int>(p.joined)),
          leak_(static_cast<int>(p.leak)),
          state_(layouts.symbol.reserve<State>(1)) {}

    template <class Chunk>
    HYDROPHONE_INLINE void process(const Chunk& at, const Input& in, const Output& out) const {
        using namespace model::persistence;
        using model::formats::EVIDENCE, model::formats::LOG;
        constexpr int down = model::volume::OCTAVES.fraction - AMOUNT_FRACTION;
        constexpr int up = SUM.fraction - AMOUNT_FRACTION;
        constexpr int unit = SUM.fraction + UNIT_LOG2;
        Column sums;
        for (std::size_t i = 0; i < at.count; ++i) {
            State& s = *state_.at(at.symbol[i]);
            const i64 side = in.side[i];
            const i64 whole = (base_ + least(in.above_print[i] >> down, most_)) << up;
            const i64 amount = whole >> (in.joined[i] ? joined_ : 0);
            const i64 own = s.sums[side], other = s.sums[1 - side];
            const i64 grown = least(own - (own >> leak_) + amount, SUM.max);
            s.sums[side] = static_cast<i32>(grown);
            s.sums[1 - side] = static_cast<i32>(most<i64>(other - (other >> leak_) - amount, 0));
            sums[i] = grown + (1 << unit);
        }
        log2(sums, sums, at.count);
        for (std::size_t i = 0; i < at.count; ++i) {
            const i64 bits = sums[i] - (i64{unit} << LOG.fraction);
            out.persistence[i] = least(bits >> (LOG.fraction - EVIDENCE.fraction), EVIDENCE.max);
        }
    }

    void state(std::byte* symbol, StateArchive& archive) const {
        State& s = *state_.at(symbol);
        archive(s.sums[0]);
        archive(s.sums[1]);
    }

  private:
    struct State {
        i32 sums[2];
    };

    i64 base_;
    i64 most_;
    int joined_;
    int leak_;
    Piece<State> state_;
};

}  // namespace HYDROPHONE_KERNELS
