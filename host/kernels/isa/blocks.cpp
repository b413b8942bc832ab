// Every block by itself, fed with columns: how tests and `hydrophone verify` reach it.
#include <new>

#include "core/store.hpp"
#include "isa/makers.hpp"
#include "whale/pipeline.hpp"

namespace HYDROPHONE_KERNELS {
namespace {

constexpr std::size_t LONGEST_ROW = 256;

// Cuts columns into rows: all inputs of an event side by side, then all its outputs.
template <class Row>
class RowBlock : public Block {
  public:
    void process(const Array* inputs, std::size_t input_count, const Array* outputs,
                 std::size_t output_count, std::size_t events) override {
        for (std::size_t event = 0; event < events; ++event) {
            i64 in[LONGEST_ROW], out[LONGEST_ROW];
            std::size_t place = 0;
            for (std::size_t port = 0; port < input_count; ++port) {
                const Array& column = inputs[port];
                for (std::size_t i = 0; i < column.count; ++i) {
                    in[place++] = column.data[event * column.count + i];
                }
            }
            static_cast<Row*>(this)->row(in, out);
            place = 0;
            for (std::size_t port = 0; port < output_count; ++port) {
                const Array& column = outputs[port];
                for (std::size_t i = 0; i < column.count; ++i) {
                    column.data[event * column.count + i] = out[place++];
                }
            }
        }
    }
};

// A block without state.
template <class Row>
class PureBlock : public RowBlock<Row> {
  public:
    void reset() override {}
};

// One column in, one column out.
class ColumnBlock : public Block {
  public:
    void reset() override {}

    void process(const Array* inputs, std::size_t, const Array* outputs, std::size_t,
                 std::size_t events) override {
        for (std::size_t first = 0; first < events; first += CHUNK) {
            const std::size_t count = least(CHUNK, events - first);
            Column in, out;
            __builtin_memcpy(&in, inputs->data + first, count * sizeof(i64));
            compute(in, out, count);
            __builtin_memcpy(outputs->data + first, &out, count * sizeof(i64));
        }
    }

  protected:
    virtual void compute(const Column& in, Column& out, std::size_t count) const = 0;
};

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

// How each block with state takes its ports, one column for every element of every port in order.
// The first input is the symbol, which has chosen the places already.
void process(const Entropy& block, const PartOfChunk& at, const Column* in, Column* out) {
    block.process(at, {in[1]}, {out[0], out[1]});
}

void process(const Correlation& block, const PartOfChunk& at, const Column* in, Column* out) {
    block.process(at, {in[1], in[2]}, {out[0]});
}

void process(const Parent& block, const PartOfChunk& at, const Column* in, Column* out) {
    block.process(at, {in[1], in[2], in[3], in[4]}, {out[0], out[1], out[2], out[3], out[4]});
}

void process(const Volume& block, const PartOfChunk& at, const Column* in, Column* out) {
    block.process(at, {in[1], in[2], in[3], in[4], in[5]}, {out[0], out[1], out[2], out[3]});
}

void process(const Repeat& block, const PartOfChunk& at, const Column* in, Column* out) {
    block.process(at, {in[1], in[2], in[3], in[4]}, {out[0]});
}

void process(const Persistence& block, const PartOfChunk& at, const Column* in, Column* out) {
    block.process(at, {in[1], in[2], in[3]}, {out[0]});
}

void process(const Pattern& block, const PartOfChunk& at, const Column* in, Column* out) {
    block.process(at, {in[1], in[2], in[3], in[4], in[5], in[6], in[7]},
                  {&out[0], out[4], out[5], out[6], out[7]});
}

void process(const Score& block, const PartOfChunk& at, const Column* in, Column* out) {
    Rows heads;
    block.process(at, {&in[1]}, {heads});
    for (std::size_t i = 0; i < at.count; ++i) {
        for (std::size_t kind = 0; kind < Rows::KINDS; ++kind) {
            out[kind][i] = heads.values[i][kind];
        }
    }
}

void process(const Alert& block, const PartOfChunk& at, const Column* in, Column* out) {
    Rows heads;
    for (std::size_t i = 0; i < at.count; ++i) {
        for (std::size_t kind = 0; kind < Rows::KINDS; ++kind) {
            heads.values[i][kind] = in[3 + kind][i];
        }
    }
    block.process(at, {in[1], in[2], heads}, {out[0], out[1], out[2], out[3]});
}

// A block with state of its own.
template <class Kernel>
class StatefulBlock final : public Block {
  public:
    explicit StatefulBlock(const typename Kernel::Params& p)
        : kernel_(p, layouts_), store_(layouts_, p.symbols, classes()) {
        reset();
    }

    void reset() override { store_.reset(*this); }

    void begin(std::byte* group) const {
        if constexpr (requires { kernel_.begin(group); }) {
            kernel_.begin(group);
        }
    }

    void process(const Array* inputs, std::size_t input_count, const Array* outputs,
                 std::size_t output_count, std::size_t events) override {
        for (std::size_t first = 0; first < events; first += CHUNK) {
            Column in[MOST_COLUMNS], out[MOST_COLUMNS];
            PartOfChunk at;
            at.count = least(CHUNK, events - first);
            transfer(inputs, input_count, in, first, at.count,
                     [](i64& outside, i64& inside) { inside = outside; });
            for (std::size_t i = 0; i < at.count; ++i) {
                const auto symbol = static_cast<std::size_t>(in[0][i]);
                at.symbol[i] = store_.symbol(symbol);
                at.group[i] = store_.group(symbol);
            }
            HYDROPHONE_KERNELS::process(kernel_, at, in, out);
            transfer(outputs, output_count, out, first, at.count,
                     [](i64& outside, i64& inside) { outside = inside; });
        }
    }

  private:
    static constexpr std::size_t MOST_COLUMNS = 16;

    // Pairs every element of the arrays' rows with its place in the columns.
    template <class Copy>
    static void transfer(const Array* arrays, std::size_t count, Column* columns, std::size_t first,
                         std::size_t events, const Copy& copy) {
        for (const Array* array = arrays; array != arrays + count; ++array) {
            for (std::size_t element = 0; element < array->count; ++element, ++columns) {
                for (std::size_t i = 0; i < events; ++i) {
                    copy(array->data[(first + i) * array->count + element], (*columns)[i]);
                }
            }
        }
    }

    i64 classes() const {
        if constexpr (requires { kernel_.classes(); }) {
            return kernel_.classes();
        } else {
            return 1;
        }
    }

    Layouts layouts_;
    Kernel kernel_;
    Store store_;
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

template <class Made, class Params>
Block* make(const Params& params) {
    return new (std::nothrow) Made(params);
}

}  // namespace

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
