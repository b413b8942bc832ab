// Persistence of one side: two-sided CUSUM; see hydrophone_model.whale.persistence.
#pragma once

#include "core/state.hpp"

namespace HYDROPHONE_KERNELS {

class Persistence {
  public:
    using Params = params::PersistenceParams;
    struct Input {
        const Column& side;
        const Column& joined;
        const Column& z_print;
    };
    struct Output {
        Column& persistence;
    };

    Persistence(const Params& p, Layouts& layouts)
        : joined_(p.joined),
          drift_(p.drift),
          scale_(static_cast<int>(p.scale)),
          state_(layouts.symbol.reserve<State>(1)) {}

    HYDROPHONE_INLINE void process(const Places& at, const Input& in, const Output& out) const {
        using model::persistence::SUM;
        constexpr int down = model::volume::DEVIATIONS.fraction - SUM.fraction;
        constexpr int up = model::formats::EVIDENCE.fraction - SUM.fraction;
        for (std::size_t i = 0; i < at.count; ++i) {
            State& s = *state_.at(at.symbol[i]);
            const i64 side = in.side[i];
            const i64 begun = in.joined[i] ? joined_ : i64{1} << SUM.fraction;
            const i64 amount = begun + (in.z_print[i] >> down);
            const i64 own = saturate(s.sums[side] + amount - drift_, SUM);
            const i64 other = saturate(s.sums[1 - side] - amount - drift_, SUM);
            s.sums[side] = static_cast<i32>(own);
            s.sums[1 - side] = static_cast<i32>(other);
            out.persistence[i] = least((own << up) >> scale_, model::formats::EVIDENCE.max);
        }
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
