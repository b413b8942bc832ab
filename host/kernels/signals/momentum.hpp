// Momentum: how far a price has come in units of its volatility; see
// hydrophone_model.signals.momentum.
#pragma once

#include "core/window.hpp"
#include "signals/quotient.hpp"

namespace HYDROPHONE_KERNELS {

class Momentum {
  public:
    using Params = params::MomentumParams;
    struct Input {
        const Column& change;
    };
    struct Output {
        Column& score;
    };

    Momentum(const Params& p, Layouts& layouts)
        : sums_(layouts.symbol.reserve<Sums>(1)), window_(p.window, layouts.symbol) {}

    template <class Chunk>
    HYDROPHONE_INLINE void process(const Chunk& at, const Input& in, const Output& out) const {
        Column way, energy, full;
        for (std::size_t i = 0; i < at.count; ++i) {
            const i64 entering = in.change[i];
            const auto turn = window_.take(at.symbol[i], static_cast<i16>(entering));
            const i64 leaving = turn.leaving;
            Sums& s = *sums_.at(at.symbol[i]);
            way[i] = s.way += entering - leaving;
            energy[i] = s.energy += entering * entering - leaving * leaving;
            full[i] = turn.full;
        }
        over_root(way, energy, 0, out.score, at.count);
        if_known(full, out.score, at.count);
    }

    void state(std::byte* symbol, StateArchive& archive) const {
        Sums& s = *sums_.at(symbol);
        if (archive.loading()) {
            s = {};
        }
        window_.state(symbol, archive, [&](i64 change) {
            s.way += change;
            s.energy += change * change;
        });
    }

  private:
    static_assert(model::formats::CHANGE.width <= 16, "changes are kept in 16 bits");
    struct Sums {
        i64 way;
        i64 energy;
    };

    Piece<Sums> sums_;
    Window<i16> window_;
};

}  // namespace HYDROPHONE_KERNELS
