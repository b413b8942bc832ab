// The signals by themselves, and what lies between them and the fusion.
#include "signals/signals.hpp"

#include "isa/block.hpp"
#include "signals/realised.hpp"
#include "signals/score_matrix.hpp"

namespace HYDROPHONE_KERNELS {
namespace {

// Takes a symbol's scores and writes the score matrix.
void renew(ScoreMatrix& score_matrix, std::size_t symbol, const i64* column, i64* out) {
    i16 scores[ScoreMatrix::MAX_SYSTEMS * ScoreMatrix::MAX_CANDIDATES];
    u8 present[ScoreMatrix::MAX_CANDIDATES];
    score_matrix.renew(symbol, column, scores, present);
    for (std::size_t i = 0; i < score_matrix.systems() * score_matrix.candidates(); ++i) {
        *out++ = scores[i];
    }
    for (std::size_t i = 0; i < score_matrix.candidates(); ++i) {
        *out++ = present[i];
    }
}

class ScoreMatrixBlock final : public RowBlock<ScoreMatrixBlock> {
  public:
    explicit ScoreMatrixBlock(const params::ScoreMatrixParams& p) : score_matrix_(p) {}

    void reset() override { score_matrix_.reset(); }

    void row(const i64* in, i64* out) {
        renew(score_matrix_, static_cast<std::size_t>(in[0]), in + 1, out);
    }

  private:
    ScoreMatrix score_matrix_;
};

class RealisedBlock final : public RowBlock<RealisedBlock> {
  public:
    explicit RealisedBlock(const params::RealisedParams& p) : realised_(p) {}

    void reset() override { realised_.reset(); }

    void row(const i64* in, i64* out) {
        const bool settles = realised_.settles(static_cast<std::size_t>(in[0]), in[1]);
        for (std::size_t i = 0; i < realised_.candidates(); ++i) {
            *out++ = realised_.outcome(i);
        }
        *out = settles;
    }

  private:
    Realised realised_;
};

// The signals, and the score matrix that holds their scores.
class SignalsBlock final : public RowBlock<SignalsBlock> {
  public:
    explicit SignalsBlock(const params::SignalsParams& p)
        : signals_(p, layouts_),
          store_(layouts_, p.symbols, 1),
          score_matrix_(SYSTEMS, p.candidates) {
        reset();
    }

    void reset() override {
        store_.reset(*this);
        score_matrix_.reset();
    }

    void begin(std::byte*) const {}

    void row(const i64* in, i64* out) {
        const auto symbol = static_cast<std::size_t>(in[2]);
        SingleEvent at;
        at.symbol[0] = store_.symbol(symbol);
        Column price, size, side, tail, scores[SYSTEMS];
        price[0] = in[3];
        size[0] = in[4];
        side[0] = in[5];
        tail[0] = in[6];
        signals_.process(at, {price, size, side, tail}, {scores});
        i64* const column = out + 3;
        for (std::size_t i = 0; i < 3; ++i) {
            out[i] = in[i];
        }
        for (std::size_t system = 0; system < SYSTEMS; ++system) {
            column[system] = scores[system][0];
        }
        renew(score_matrix_, symbol, column, column + SYSTEMS);
    }

  private:
    static constexpr std::size_t SYSTEMS = Signals::SYSTEMS;

    Layouts layouts_;
    Signals signals_;
    Store store_;
    ScoreMatrix score_matrix_;
};

}  // namespace

static void connect(const Momentum& block, const PartOfChunk& at, const Column* in, Column* out) {
    block.process(at, {in[1]}, {out[0]});
}

static void connect(const Reversion& block, const PartOfChunk& at, const Column* in, Column* out) {
    block.process(at, {in[1]}, {out[0]});
}

static void connect(const Imbalance& block, const PartOfChunk& at, const Column* in, Column* out) {
    block.process(at, {in[1], in[2]}, {out[0]});
}

static void connect(const VolumeSurprise& block, const PartOfChunk& at, const Column* in,
                    Column* out) {
    block.process(at, {in[1], in[2]}, {out[0]});
}

static void connect(const SizeEntropy& block, const PartOfChunk& at, const Column* in,
                    Column* out) {
    block.process(at, {in[1], in[2]}, {out[0]});
}

static void connect(const Impact& block, const PartOfChunk& at, const Column* in, Column* out) {
    block.process(at, {in[1], in[2], in[3]}, {out[0]});
}

static void connect(const Trend& block, const PartOfChunk& at, const Column* in, Column* out) {
    block.process(at, {in[1]}, {out[0]});
}

static void connect(const WhaleFlow& block, const PartOfChunk& at, const Column* in, Column* out) {
    block.process(at, {in[1], in[2]}, {out[0]});
}

Block* make_momentum(const params::MomentumParams& p) { return make<StatefulBlock<Momentum>>(p); }
Block* make_reversion(const params::ReversionParams& p) {
    return make<StatefulBlock<Reversion>>(p);
}
Block* make_imbalance(const params::ImbalanceParams& p) {
    return make<StatefulBlock<Imbalance>>(p);
}
Block* make_volume_surprise(const params::VolumeSurpriseParams& p) {
    return make<StatefulBlock<VolumeSurprise>>(p);
}
Block* make_size_entropy(const params::SizeEntropyParams& p) {
    return make<StatefulBlock<SizeEntropy>>(p);
}
Block* make_impact(const params::ImpactParams& p) { return make<StatefulBlock<Impact>>(p); }
Block* make_trend(const params::TrendParams& p) { return make<StatefulBlock<Trend>>(p); }
Block* make_whale_flow(const params::WhaleFlowParams& p) {
    return make<StatefulBlock<WhaleFlow>>(p);
}
Block* make_score_matrix(const params::ScoreMatrixParams& p) { return make<ScoreMatrixBlock>(p); }
Block* make_realised(const params::RealisedParams& p) { return make<RealisedBlock>(p); }
Block* make_signals(const params::SignalsParams& p) { return make<SignalsBlock>(p); }

}  // namespace HYDROPHONE_KERNELS
