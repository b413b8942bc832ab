// Persistence of one side: two-sided CUSUM; see hydrophone_model.whale.persistence.
#pragma once

#include "core/state.hpp"

namespace HYDROPHONE_KERNELS {

class Persistence {
  public:
    using Params = params::PersistenceParams;
    struct Input {
        i64 symbol;
        i64 side;
        i64 joined;
        i64 z_print;
    };
    struct Output {
        i64 persistence;
    };

    Persistence(const Params& p, Layouts& layouts)
        : joined_(p.joined),
          drift_(p.drift),
          scale_(static_cast<int>(p.scale)),
          state_(layouts.symbol.reserve<State>(1)) {}

    HYDROPHONE_INLINE Output step(Place at, const Input& in) const {
        using model::persistence::SUM;
        State& s = *state_.at(at.symbol);
        const i64 begun = in.joined ? joined_ : i64{1} << SUM.fraction;
        const i64 amount =
            begun + (in.z_print >> (model::volume::DEVIATIONS.fraction - SUM.fraction));
        const i64 own = saturate(s.sums[in.side] + amount - drift_, SUM);
        const i64 other = saturate(s.sums[1 - in.side] - amount - drift_, SUM);
        s.sums[in.side] = static_cast<i32>(own);
        s.sums[1 - in.side] = static_cast<i32>(other);
        constexpr int up = model::formats::EVIDENCE.fraction - SUM.fraction;
        return {saturate((own << up) >> scale_, model::formats::EVIDENCE)};
    }

  private:
    struct State {
        i32 sums[2];
    };

    i64 joined_;
    i64 drift_;
    int scale_;
    Piece<State> state_;
};

}  // namespace HYDROPHONE_KERNELS
