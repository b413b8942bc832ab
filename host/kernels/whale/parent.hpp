// Parent reconstruction: which prints belong to one order; see hydrophone_model.whale.parent.
#pragma once

#include "core/state.hpp"

namespace HYDROPHONE_KERNELS {

class Parent {
  public:
    using Params = params::ParentParams;
    struct Input {
        i64 symbol;
        i64 time_ns;
        i64 price;
        i64 size;
        i64 side;
    };
    struct Output {
        i64 parent_size;
        i64 joined;
        i64 closed;
        i64 late;
        i64 move;
    };

    Parent(const Params& p, Layouts& layouts)
        : gap_ns_(p.gap_ns), state_(layouts.symbol.reserve<State>(1, 64)) {}

    HYDROPHONE_INLINE Output step(Place at, const Input& in) const {
        State& s = *state_.at(at.symbol);
        const bool known = s.known;
        const i64 elapsed = in.time_ns - s.time_ns;
        const bool joined = known & (in.side == s.side) & (elapsed <= gap_ns_);
        const i64 parent = least((joined ? i64{s.parent} : 0) + in.size, model::formats::SIZE.max);
        const i64 change = known ? in.price - i64{s.price} : 0;
        const int length = bit_length(static_cast<u64>(change < 0 ? -change : change));
        s = {in.time_ns, static_cast<u32>(in.price), static_cast<u32>(parent),
             static_cast<u8>(in.side), true};
        return {parent, joined, known & !joined, known & (elapsed < 0),
                change < 0 ? -length : length};
    }

  private:
    struct State {
        i64 time_ns;
        u32 price;
        u32 parent;
        u8 side;
        bool known;
    };

    i64 gap_ns_;
    Piece<State> state_;
};

}  // namespace HYDROPHONE_KERNELS
