// The signal of imbalance.py as a C++ kernel.
#pragma once

#include "custom.h"
#include "isa/block.hpp"

namespace HYDROPHONE_KERNELS {

class Imbalance {
  public:
    using Params = custom::Params;
    struct Input {
        const Column& size;
        const Column& side;
    };
    struct Output {
        Column& imbalance;
    };

    Imbalance(const Params&, Layouts& layouts) : sums_(layouts.symbol.reserve<i32>(1)) {}

    template <class Chunk>
    HYDROPHONE_INLINE void process(const Chunk& at, const Input& in, const Output& out) const {
        for (std::size_t i = 0; i < at.count; ++i) {
            i32& sum = *sums_.at(at.symbol[i]);
            sum += static_cast<i32>(signed_by(-in.side[i], in.size[i])) - (sum >> custom::LEAK);
            out.imbalance[i] = sum;
        }
    }

  private:
    static_assert(custom::SUM.width <= 32, "sums are kept in 32 bits");

    Piece<i32> sums_;
};

Block* make_custom(const custom::Params& p) { return make<StatefulBlock<Imbalance>>(p); }

}  // namespace HYDROPHONE_KERNELS
