// Signal pipeline engine, behind the whale pipeline's, and the signal pipeline as a block.
#include "signals/signal_pipeline.hpp"

#include "isa/block.hpp"
#include "isa/decision_record.hpp"
#include "isa/owned.hpp"

namespace HYDROPHONE_KERNELS {
namespace {

class SignalPipelineEngineOf final : public SignalPipelineEngine {
  public:
    SignalPipelineEngineOf(const params::PipelineParams& pipeline,
                           const params::SignalPipelineParams& signal_pipeline,
                           const DecisionLayout& layout)
        : pipeline_(make_engine(pipeline)),
          fusion_(make_fusion_engine(signal_pipeline.fusion, layout)),
          signal_pipeline_(signal_pipeline),
          decision_size_(layout.size),
          decisions_(new (std::nothrow) std::byte[(CHUNK + 1) * layout.size]) {}

    ~SignalPipelineEngineOf() override { delete[] decisions_; }
    SignalPipelineEngineOf(const SignalPipelineEngineOf&) = delete;
    SignalPipelineEngineOf& operator=(const SignalPipelineEngineOf&) = delete;

    bool allocated() const {
        return pipeline_.exists() && fusion_.exists() && signal_pipeline_.allocated() &&
               decisions_ != nullptr;
    }

    void reset() override {
        pipeline_->reset();
        fusion_->reset();
        signal_pipeline_.reset();
    }

    Counters counters() const override { return pipeline_->counters(); }

    std::size_t first_invalid(const Event* events, std::size_t count) const override {
        return pipeline_->first_invalid(events, count);
    }

    bool are_of(const Result* results, const Event* events, std::size_t count) const override {
        bool same = true;
        for (std::size_t i = 0; i < count; ++i) {
            Event event;
            Result result;
            __builtin_memcpy(&event, events + i, sizeof event);
            __builtin_memcpy(&result, results + i, sizeof result);
            same &= result.score <= model::formats::TAIL.max;
#define X(field, Type) same &= result.field == event.field;
            HYDROPHONE_ECHOED(X)
#undef X
        }
        return same;
    }

    bool exchange_state(StateOf of, const StateRecord& record, std::byte* records,
                        bool loading) override {
        if (of == StateOf::SYMBOL) {
            return signal_pipeline_.symbol_state(record, records, loading);
        }
        StateArchive archive(record, loading);
        archive.begin(records);
        signal_pipeline_.design_state(archive);
        const StateRecord rest = archive.rest();
        if (!fusion_->exchange_state(rest, records + record.size - rest.size, loading)) {
            return false;
        }
        if (loading) {
            fusion_->process(signal_pipeline_.last_input(), decisions_, 1);
        }
        return true;
    }

    bool reconfigure(const params::FusionParams& p) override { return fusion_->reconfigure(p); }

    void process(const Event* events, Result* results, std::byte* decisions,
                 std::size_t count) override {
        for (std::size_t first = 0; first < count; first += CHUNK) {
            const std::size_t size = least(CHUNK, count - first);
            prefetch(events, first + size, count);
            Event taken[CHUNK];
            pipeline_->take(events + first, size, taken);
            pipeline_->process(taken, results + first, size);
            decide_chunk(taken, results + first, decisions + first * decision_size_, size);
        }
    }

    void decide(const Event* events, const Result* results, std::byte* decisions,
                std::size_t count) override {
        for (std::size_t first = 0; first < count; first += CHUNK) {
            const std::size_t size = least(CHUNK, count - first);
            prefetch(events, first + size, count);
            Event taken[CHUNK];
            pipeline_->take(events + first, size, taken);
            decide_chunk(taken, results + first, decisions + first * decision_size_, size);
        }
    }

  private:
    // What the next chunk reads.
    void prefetch(const Event* events, std::size_t next, std::size_t count) const {
        for (std::size_t i = next; i < least(next + CHUNK, count); ++i) {
            signal_pipeline_.prefetch(symbol_of(events + i));
        }
    }

    // Decides on events that were taken, so that nobody else writes to them.
    [[gnu::noinline]] void decide_chunk(const Event* events, const Result* results,
                                        std::byte* decisions, std::size_t count) {
        Prints prints;
        prints.count = count;
        for (std::size_t i = 0; i < count; ++i) {
            prints.symbol[i] = events[i].symbol;
            prints.price[i] = events[i].price;
            prints.size[i] = events[i].size;
            prints.side[i] = events[i].side;
            Result result;
            __builtin_memcpy(&result, results + i, sizeof result);
            prints.tail[i] = least<i64>(result.score, model::formats::TAIL.max);
        }
        const DecisionRequest request = signal_pipeline_.request(prints);
        if (request.count == count) {
            fusion_->process(request.input, decisions, count);
        } else {
            if (request.count != 0) {
                fusion_->process(request.input, decisions_ + decision_size_, request.count);
            }
            for (std::size_t i = 0; i < count; ++i) {
                __builtin_memcpy(decisions + i * decision_size_,
                                 decisions_ + request.place[i] * decision_size_, decision_size_);
            }
        }
        __builtin_memcpy(decisions_, decisions + (count - 1) * decision_size_, decision_size_);
    }

    Owned<Engine> pipeline_;
    Owned<FusionEngine> fusion_;
    SignalPipeline signal_pipeline_;
    std::size_t decision_size_;
    // The last decision, and behind it those of a chunk.
    std::byte* decisions_;
};

// The signal pipeline alone: prints with their whale scores in, decisions out.
class SignalPipelineBlock final
    : public RowBlock<SignalPipelineBlock, params::SignalPipelineParams> {
  public:
    explicit SignalPipelineBlock(const params::SignalPipelineParams& p)
        : signal_pipeline_(p), fusion_(make_fusion_engine(p.fusion, DecisionRecord::layout())) {}

    void reset() override {
        signal_pipeline_.reset();
        fusion_->reset();
    }

    void row(const Inputs& in, const Outputs& out) {
        Prints prints;
        prints.count = 1;
        prints.symbol[0] = static_cast<u32>(*in.symbol);
        prints.price[0] = *in.price;
        prints.size[0] = *in.size;
        prints.side[0] = *in.side;
        prints.tail[0] = *in.tail;
        const DecisionRequest request = signal_pipeline_.request(prints);
        if (request.count != 0) {
            fusion_->process(request.input, last_.bytes(), 1);
        }
        *out.time_ns = *in.time_ns;
        *out.sequence = *in.sequence;
        *out.symbol = *in.symbol;
        last_.write(out);
    }

  private:
    SignalPipeline signal_pipeline_;
    Owned<FusionEngine> fusion_;
    DecisionRecord last_;
};

}  // namespace

SignalPipelineEngine* make_signal_pipeline_engine(
    const params::PipelineParams& pipeline, const params::SignalPipelineParams& signal_pipeline,
    const DecisionLayout& layout) {
    auto* const engine =
        new (std::nothrow) SignalPipelineEngineOf(pipeline, signal_pipeline, layout);
    if (engine != nullptr && !engine->allocated()) {
        delete engine;
        return nullptr;
    }
    return engine;
}

template <>
Block* make_block<SignalPipeline>(const params::SignalPipelineParams& p) {
    return make<SignalPipelineBlock>(p);
}

}  // namespace HYDROPHONE_KERNELS
