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
    void process(const Column* inputs, std::size_t input_count, const Column* outputs,
                 std::size_t output_count, std::size_t events) override {
        for (std::size_t event = 0; event < events; ++event) {
            i64 in[LONGEST_ROW], out[LONGEST_ROW];
            std::size_t place = 0;
            for (std::size_t port = 0; port < input_count; ++port) {
                const Column& column = inputs[port];
                for (std::size_t i = 0; i < column.count; ++i) {
                    in[place++] = column.data[event * column.count + i];
                }
            }
            static_cast<Row*>(this)->row(in, out);
            place = 0;
            for (std::size_t port = 0; port < output_count; ++port) {
                const Column& column = outputs[port];
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

class Log2Block final : public PureBlock<Log2Block> {
  public:
    explicit Log2Block(const params::Log2Params&) {}
    void row(const i64* in, i64* out) const { out[0] = log2(static_cast<u64>(in[0])); }
};

class Exp2Block final : public PureBlock<Exp2Block> {
  public:
    explicit Exp2Block(const params::Exp2Params& p)
        : integer_(static_cast<int>(p.integer)), fraction_(static_cast<int>(p.fraction)) {}
    void row(const i64* in, i64* out) const { out[0] = exp2(in[0], integer_, fraction_); }

  private:
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
            distance_.measure(shape, flip, out);
            return;
        }
#endif
        distance_.measure(in, flip, out);
    }

  private:
    Distance distance_;
};

// A block with state of its own. Its Input and Output hold one integer for every element of every
// port, in order, the symbol first.
template <class Kernel>
class StatefulBlock final : public RowBlock<StatefulBlock<Kernel>> {
  public:
    explicit StatefulBlock(const typename Kernel::Params& p)
        : kernel_(p, layouts_), store_(layouts_, p.symbols, classes()) {
        reset();
    }

    void reset() override { store_.reset(*this); }

    void begin(Place at) const {
        if constexpr (requires { kernel_.begin(at); }) {
            kernel_.begin(at);
        }
    }

    void row(const i64* in, i64* out) {
        typename Kernel::Input input;
        __builtin_memcpy(&input, in, sizeof input);
        const typename Kernel::Output output =
            kernel_.step(store_.at(static_cast<std::size_t>(input.symbol)), input);
        __builtin_memcpy(out, &output, sizeof output);
    }

  private:
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
