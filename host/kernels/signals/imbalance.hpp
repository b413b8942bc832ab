// Order-flow imbalance: what aggressors bought over all that was traded; see
// hydrophone_model.signals.imbalance.
#pragma once

#include "core/window.hpp"
#include "signals/quotient.hpp"

namespace HYDROPHONE_KERNELS {

class Imbalance {
  public:
    using Params = params::ImbalanceParams;
    struct Input {
        const Column& size;
        const Column& side;
    };
    struct Output {
        Column& score;
    };

    Imbalance(const Params& p, Layouts& layouts)
        : sums_(layouts.symbol.reserve<Sums>(1)), window_(p.window, layouts.symbol) {}

    template <class Chunk>
    HYDROPHONE_INLINE void process(const Chunk& at, const Input& in, const Output& out) const {
        using namespace model::imbalance;
        Column net, gross, full;
        for (std::size_t i = 0; i < at.count; ++i) {
            const i64 size = in.size[i], entering = signed_by(-in.side[i], size);
            const auto turn = window_.take(at.symbol[i], entering);
            Sums& s = *sums_.at(at.symbol[i]);
            net[i] = s.net += entering - turn.leaving;
            gross[i] = s.gross += size - magnitude(turn.leaving);
            full[i] = turn.full;
        }
        over(net, gross, UNIT_LOG2, out.score, at.count);
        for (std::size_t i = 0; i < at.count; ++i) {
            out.score[i] = if_known(full[i] != 0, out.score[i]);
        }
    }

    void state(std::byte* symbol, StateArchive& archive) const {
        Sums& s = *sums_.at(symbol);
        if (archive.loading()) {
            s = {};
        }
        window_.state(symbol, archive, [&](i64 size) {
            s.net += size;
            s.gross += magnitude(size);
        });
    }

  private:
    struct Sums {
        i64 net;
        i64 gross;
    };

    Piece<Sums> sums_;
    Window<i64> window_;
};

}  // namespace HYDROPHONE_KERNELS
