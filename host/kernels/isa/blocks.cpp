// Every block by itself, fed with columns: how tests and `hydrophone verify` reach it.
#include "isa/block.hpp"
#include "whale/pipeline.hpp"

namespace HYDROPHONE_KERNELS {
namespace {

class Log2Block final : public ColumnBlock {
  public:
    explicit Log2Block(const params::Log2Params& p) : width_(p.width) {}

  private:
    // Columns of the pipeline are narrower than the block may be.
    void compute(const Column& in, Column& out, std::size_t count) const override {
        if (width_ < 52) {
            log2(in, out, count);
            return;
        }
        for (std::size_t i = 0; i < count; ++i) {
            out[i] = log2(static_cast<u64>(in[i]));
        }
    }

    i64 width_;
};

class Exp2Block final : public ColumnBlock {
  public:
    explicit Exp2Block(const params::Exp2Params& p)
        : integer_(static_cast<int>(p.integer)), fraction_(static_cast<int>(p.fraction)) {}

  private:
    // The formats of the pipeline have code of their own.
    void compute(const Column& in, Column& out, std::size_t count) const override {
        if (!try_format<model::score::RATIO>(in, out, count) &&
            !try_format<model::distance::COSINE>(in, out, count)) {
            for (std::size_t i = 0; i < count; ++i) {
                out[i] = exp2(in[i], integer_, fraction_);
            }
        }
    }

    template <Fixed output>
    bool try_format(const Column& in, Column& out, std::size_t count) const {
        const bool fits = integer_ == output.integer && fraction_ == output.fraction;
        if (fits) {
            exp2<output>(in, out, count);
        }
        return fits;
    }

    int integer_;
    int fraction_;
};

class HaarBlock final : public PureBlock<HaarBlock> {
  public:
    explicit HaarBlock(const params::HaarParams& p)
        : length_(static_cast<std::size_t>(p.length)), width_(p.sample.width) {}

    void row(const i64* in, i64* out) const {
#if !defined(HYDROPHONE_SCALAR)
        if (length_ == SHORT_WINDOW && width_ <= 8) {
            i8x16 window;
            for (std::size_t i = 0; i < SHORT_WINDOW; ++i) {
                window[i] = static_cast<i8>(in[i]);
            }
            const ShortShape shape = short_haar(window);
            for (std::size_t i = 0; i < SHORT_WINDOW / 2; ++i) {
                out[i] = shape.coarse[i];
                out[i + SHORT_WINDOW / 2] = shape.fine[i];
            }
            return;
        }
#endif
        i64 scratch[LONGEST_ROW];
        haar(in, out, scratch, length_);
    }

  private:
    std::size_t length_;
    [[maybe_unused]] int width_;
};

class DistanceBlock final : public PureBlock<DistanceBlock> {
  public:
    explicit DistanceBlock(const params::DistanceParams& p) : distance_(p) {}

    void row(const i64* in, i64* out) const {
        const bool flip = in[distance_.length()] != 0;
#if !defined(HYDROPHONE_SCALAR)
        if (distance_.is_short()) {
            ShortShape shape;
            for (std::size_t i = 0; i < SHORT_WINDOW / 2; ++i) {
                shape.coarse[i] = static_cast<i16>(in[i]);
                shape.fine[i] = static_cast<i16>(in[i + SHORT_WINDOW / 2]);
            }
            alignas(32) i32 nearest[Distance::GROUPS];
            alignas(64) i64 distances[Distance::GROUPS];
            const i64 energy = distance_.compare(shape, flip, nearest);
            distance_.distances_of(nearest, energy, distances);
            for (std::size_t group = 0; group < distance_.groups(); ++group) {
                out[group] = distances[group];
            }
            return;
        }
#endif
        distance_.measure(in, flip, out);
    }

  private:
    Distance distance_;
};

class PipelineBlock final : public RowBlock<PipelineBlock> {
  public:
    explicit PipelineBlock(const params::PipelineParams& p) : engine_(make_engine(p)) {}
    ~PipelineBlock() override { delete engine_; }
    PipelineBlock(const PipelineBlock&) = delete;
    PipelineBlock& operator=(const PipelineBlock&) = delete;

    void reset() override { engine_->reset(); }

    void row(const i64* in, i64* out) {
        Event event = {};
        event.symbol = static_cast<u16>(in[0]);
        event.time_ns = static_cast<u64>(in[1]);
        event.price = static_cast<u32>(in[2]);
        event.size = static_cast<u32>(in[3]);
        event.side = static_cast<u8>(in[4]);
        event.sequence = static_cast<u64>(in[5]);
        Result result;
        engine_->process(&event, &result, 1);
        const i64 row[] = {static_cast<i64>(result.time_ns),
                           static_cast<i64>(result.sequence),
                           result.price,
                           result.parent_size,
                           result.symbol,
                           result.side,
                           result.kind,
                           result.score,
                           result.flags};
        __builtin_memcpy(out, row, sizeof row);
        for (std::size_t kind = 0; kind < Score::KINDS; ++kind) {
            out[sizeof row / sizeof *row + kind] = result.heads[kind];
        }
    }

  private:
    Engine* engine_;
};

}  // namespace

// How each block with state takes its ports.
static void connect(const Entropy& block, const PartOfChunk& at, const Column* in, Column* out) {
    block.process(at, {in[1]}, {out[0], out[1]});
}

static void connect(const Correlation& block, const PartOfChunk& at, const Column* in,
                    Column* out) {
    block.process(at, {in[1], in[2]}, {out[0]});
}

static void connect(const Parent& block, const PartOfChunk& at, const Column* in, Column* out) {
    block.process(at, {in[1], in[2], in[3], in[4]}, {out[0], out[1], out[2], out[3], out[4]});
}

static void connect(const Volume& block, const PartOfChunk& at, const Column* in, Column* out) {
    block.process(at, {in[1], in[2], in[3], in[4], in[5]}, {out[0], out[1], out[2], out[3]});
}

static void connect(const Repeat& block, const PartOfChunk& at, const Column* in, Column* out) {
    block.process(at, {in[1], in[2], in[3], in[4]}, {out[0]});
}

static void connect(const Persistence& block, const PartOfChunk& at, const Column* in,
                    Column* out) {
    block.process(at, {in[1], in[2], in[3]}, {out[0]});
}

static void connect(const Pattern& block, const PartOfChunk& at, const Column* in, Column* out) {
    block.process(at, {in[1], in[2], in[3], in[4], in[5], in[6], in[7]},
                  {&out[0], out[4], out[5], out[6], out[7]});
}

static void connect(const Score& block, const PartOfChunk& at, const Column* in, Column* out) {
    Rows heads;
    block.process(at, {&in[1]}, {heads});
    for (std::size_t i = 0; i < at.count; ++i) {
        for (std::size_t kind = 0; kind < Rows::KINDS; ++kind) {
            out[kind][i] = heads.values[i][kind];
        }
    }
}

static void connect(const Alert& block, const PartOfChunk& at, const Column* in, Column* out) {
    Rows heads;
    for (std::size_t i = 0; i < at.count; ++i) {
        for (std::size_t kind = 0; kind < Rows::KINDS; ++kind) {
            heads.values[i][kind] = in[3 + kind][i];
        }
    }
    block.process(at, {in[1], in[2], heads}, {out[0], out[1], out[2], out[3]});
}

Block* make_log2(const params::Log2Params& p) { return make<Log2Block>(p); }
Block* make_exp2(const params::Exp2Params& p) { return make<Exp2Block>(p); }
Block* make_haar(const params::HaarParams& p) { return make<HaarBlock>(p); }
Block* make_distance(const params::DistanceParams& p) { return make<DistanceBlock>(p); }
Block* make_entropy(const params::EntropyParams& p) { return make<StatefulBlock<Entropy>>(p); }
Block* make_correlation(const params::CorrelationParams& p) {
    return make<StatefulBlock<Correlation>>(p);
}
Block* make_parent(const params::ParentParams& p) { return make<StatefulBlock<Parent>>(p); }
Block* make_volume(const params::VolumeParams& p) { return make<StatefulBlock<Volume>>(p); }
Block* make_repeat(const params::RepeatParams& p) { return make<StatefulBlock<Repeat>>(p); }
Block* make_persistence(const params::PersistenceParams& p) {
    return make<StatefulBlock<Persistence>>(p);
}
Block* make_pattern(const params::PatternParams& p) { return make<StatefulBlock<Pattern>>(p); }
Block* make_score(const params::ScoreParams& p) { return make<StatefulBlock<Score>>(p); }
Block* make_alert(const params::AlertParams& p) { return make<StatefulBlock<Alert>>(p); }
Block* make_pipeline(const params::PipelineParams& p) { return make<PipelineBlock>(p); }

}  // namespace HYDROPHONE_KERNELS
