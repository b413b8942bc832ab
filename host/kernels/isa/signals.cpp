// The signals by themselves, and what lies between them and the fusion.
#include "signals/signals.hpp"

#include "isa/block.hpp"
#include "signals/board.hpp"
#include "signals/realised.hpp"

namespace HYDROPHONE_KERNELS {
namespace {

// Takes a symbol's scores and writes the board.
void renew(Board& board, std::size_t symbol, const i64* column, i64* out) {
    i16 scores[Board::MOST_SYSTEMS * Board::MOST_CANDIDATES];
    u8 present[Board::MOST_CANDIDATES];
    board.renew(symbol, column, scores, present);
    for (std::size_t i = 0; i < board.systems() * board.candidates(); ++i) {
        *out++ = scores[i];
    }
    for (std::size_t i = 0; i < board.candidates(); ++i) {
        *out++ = present[i];
    }
}

class BoardBlock final : public RowBlock<BoardBlock> {
  public:
    explicit BoardBlock(const params::BoardParams& p) : board_(p) {}

    void reset() override { board_.reset(); }

    void row(const i64* in, i64* out) {
        renew(board_, static_cast<std::size_t>(in[0]), in + 1, out);
    }

  private:
    Board board_;
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

// The signals, and the board that holds their scores.
class SignalsBlock final : public RowBlock<SignalsBlock> {
  public:
    explicit SignalsBlock(const params::SignalsParams& p)
        : signals_(p, layouts_), store_(layouts_, p.symbols, 1), board_(SYSTEMS, p.candidates) {
        reset();
    }

    void reset() override {
        store_.reset(*this);
        board_.reset();
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
        renew(board_, symbol, column, column + SYSTEMS);
    }

  private:
    static constexpr std::size_t SYSTEMS = Signals::SYSTEMS;

    Layouts layouts_;
    Signals signals_;
    Store store_;
    Board board_;
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

static void connect(const Surprise& block, const PartOfChunk& at, const Column* in, Column* out) {
    block.process(at, {in[1], in[2]}, {out[0]});
}

static void connect(const Order& block, const PartOfChunk& at, const Column* in, Column* out) {
    block.process(at, {in[1], in[2]}, {out[0]});
}

static void connect(const Impact& block, const PartOfChunk& at, const Column* in, Column* out) {
    block.process(at, {in[1], in[2], in[3]}, {out[0]});
}

static void connect(const Trend& block, const PartOfChunk& at, const Column* in, Column* out) {
    block.process(at, {in[1]}, {out[0]});
}

static void connect(const Hearing& block, const PartOfChunk& at, const Column* in, Column* out) {
    block.process(at, {in[1], in[2]}, {out[0]});
}

Block* make_momentum(const params::MomentumParams& p) { return make<StatefulBlock<Momentum>>(p); }
Block* make_reversion(const params::ReversionParams& p) {
    return make<StatefulBlock<Reversion>>(p);
}
Block* make_imbalance(const params::ImbalanceParams& p) {
    return make<StatefulBlock<Imbalance>>(p);
}
Block* make_surprise(const params::SurpriseParams& p) { return make<StatefulBlock<Surprise>>(p); }
Block* make_order(const params::OrderParams& p) { return make<StatefulBlock<Order>>(p); }
Block* make_impact(const params::ImpactParams& p) { return make<StatefulBlock<Impact>>(p); }
Block* make_trend(const params::TrendParams& p) { return make<StatefulBlock<Trend>>(p); }
Block* make_hearing(const params::HearingParams& p) { return make<StatefulBlock<Hearing>>(p); }
Block* make_board(const params::BoardParams& p) { return make<BoardBlock>(p); }
Block* make_realised(const params::RealisedParams& p) { return make<RealisedBlock>(p); }
Block* make_signals(const params::SignalsParams& p) { return make<SignalsBlock>(p); }

}  // namespace HYDROPHONE_KERNELS
