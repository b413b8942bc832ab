// The signals by themselves, fed with columns, and what lies between them and the fusion.
#include "signals/signals.hpp"

#include "isa/block.hpp"
#include "signals/realised.hpp"
#include "signals/score_matrix.hpp"

namespace HYDROPHONE_KERNELS {
namespace {

// Takes a symbol's scores and writes the score matrix to the ports of its names.
template <class Ports>
void renew(ScoreMatrix& score_matrix, i64 symbol, const i64* column, const Ports& out) {
    i16 scores[ScoreMatrix::MAX_SYSTEMS * ScoreMatrix::MAX_CANDIDATES];
    u8 present[ScoreMatrix::MAX_CANDIDATES];
    score_matrix.renew(static_cast<std::size_t>(symbol), column, scores, present);
    write_port(out.scores, scores);
    write_port(out.present, present);
}

class ScoreMatrixBlock final : public RowBlock<ScoreMatrixBlock, params::ScoreMatrixParams> {
  public:
    explicit ScoreMatrixBlock(const params::ScoreMatrixParams& p) : score_matrix_(p) {}

    void reset() override { score_matrix_.reset(); }

    void row(const Inputs& in, const Outputs& out) {
        renew(score_matrix_, *in.symbol, in.column.data, out);
    }

  private:
    ScoreMatrix score_matrix_;
};

class RealisedBlock final : public RowBlock<RealisedBlock, params::RealisedParams> {
  public:
    explicit RealisedBlock(const params::RealisedParams& p) : realised_(p) {}

    void reset() override { realised_.reset(); }

    void row(const Inputs& in, const Outputs& out) {
        *out.learn = realised_.settles(static_cast<std::size_t>(*in.symbol), *in.price);
        for (std::size_t i = 0; i < realised_.candidates(); ++i) {
            out.outcome[i] = realised_.outcome(i);
        }
    }

  private:
    Realised realised_;
};

// The signals, and the score matrix that holds their scores.
class SignalsBlock final : public RowBlock<SignalsBlock, params::SignalsParams> {
  public:
    explicit SignalsBlock(const params::SignalsParams& p)
        : signals_(p, layouts_),
          memory_(layouts_, p.symbols, 1),
          score_matrix_(SYSTEMS, p.candidates) {
        reset();
    }

    void reset() override {
        memory_.reset(*this);
        score_matrix_.reset();
    }

    void begin(std::byte*) const {}

    void row(const Inputs& in, const Outputs& out) {
        SingleEvent at;
        at.symbol[0] = memory_.symbol(static_cast<std::size_t>(*in.symbol));
        Column price, size, side, tail, scores[SYSTEMS];
        price[0] = *in.price;
        size[0] = *in.size;
        side[0] = *in.side;
        tail[0] = *in.tail;
        signals_.process(at, {.price = price, .size = size, .side = side, .tail = tail},
                         {.column = scores});
        for (std::size_t system = 0; system < SYSTEMS; ++system) {
            out.column[system] = scores[system][0];
        }
        renew(score_matrix_, *in.symbol, out.column.data, out);
        *out.time_ns = *in.time_ns;
        *out.sequence = *in.sequence;
        *out.symbol = *in.symbol;
    }

  private:
    static constexpr std::size_t SYSTEMS = Signals::SYSTEMS;

    Layouts layouts_;
    Signals signals_;
    StateMemory memory_;
    ScoreMatrix score_matrix_;
};

}  // namespace

template <>
Block* make_block<ScoreMatrix>(const params::ScoreMatrixParams& p) {
    return make<ScoreMatrixBlock>(p);
}
template <>
Block* make_block<Realised>(const params::RealisedParams& p) {
    return make<RealisedBlock>(p);
}
template <>
Block* make_block<Signals>(const params::SignalsParams& p) {
    return make<SignalsBlock>(p);
}
// In signal_pipeline.cpp.
template <>
Block* make_block<class SignalPipeline>(const params::SignalPipelineParams& p);

HYDROPHONE_SIGNALS_BLOCKS(HYDROPHONE_DEFINE_MAKER)

}  // namespace HYDROPHONE_KERNELS
