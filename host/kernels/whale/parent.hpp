// Parent reconstruction: which prints belong to one order; see hydrophone_model.whale.parent.
#pragma once

#include "core/kernels.hpp"
#include "core/state.hpp"
#include "core/state_archive.hpp"

namespace HYDROPHONE_KERNELS {

class Parent {
  public:
    using Params = params::ParentParams;
    struct Input {
        const Column& time_ns;
        const Column& price;
        const Column& size;
        const Column& side;
    };
    struct Output {
        Column& parent_size;
        Column& joined;
        Column& closed;
        Column& late;
        Column& move;
    };

    Parent(const Params& p, Layouts& layouts)
        : gap_ns_(p.gap_ns), state_(layouts.symbol.reserve<State>(1, 64)) {}

    template <class Chunk>
    HYDROPHONE_INLINE void process(const Chunk& at, const Input& in, const Output& out) const {
        for (std::size_t i = 0; i < at.count; ++i) {
            State& s = *state_.at(at.symbol[i]);
            const bool known = s.known;
            const i64 elapsed = in.time_ns[i] - s.time_ns;
            const bool joined = known & (in.side[i] == s.side) & (elapsed <= gap_ns_);
            const i64 parent = least(keep(joined, s.parent) + in.size[i], model::formats::SIZE.max);
            const i64 change = keep(known, in.price[i] - i64{s.price});
            const i64 sign = change >> 63;
            const i64 length = bit_length(static_cast<u64>((change ^ sign) - sign));
            s = {in.time_ns[i], static_cast<u32>(in.price[i]), static_cast<u32>(parent),
                 static_cast<u8>(in.side[i]), true};
            out.parent_size[i] = parent;
            out.joined[i] = joined;
            out.closed[i] = known & !joined;
            out.late[i] = known & (elapsed < 0);
            out.move[i] = (length ^ sign) - sign;
        }
    }

    void state(std::byte* symbol, StateArchive& archive) const {
        State& s = *state_.at(symbol);
        archive(s.known);
        archive(s.time_ns);
        archive(s.price);
        archive(s.side);
        archive(s.parent);
    }

    void view(const std::byte* symbol, SymbolView& view) const {
        const State& s = *state_.at(symbol);
        view.known = s.known;
        view.side = s.side;
        view.time_ns = static_cast<u64>(s.time_ns);
        view.price = s.price;
        view.parent_size = s.parent;
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
