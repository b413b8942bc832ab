// The signal pipeline as an engine, behind the whale pipeline's, and as a block.
#include "signals/signal_pipeline.hpp"

#include "isa/block.hpp"

namespace HYDROPHONE_KERNELS {
namespace {

// Owns what another compilation of this instruction set made.
template <class Made>
class Owned {
  public:
    explicit Owned(Made* made) : made_(made) {}
    ~Owned() { delete made_; }
    Owned(const Owned&) = delete;
    Owned& operator=(const Owned&) = delete;

    Made* operator->() const { return made_; }
    bool exists() const { return made_ != nullptr; }

  private:
    Made* made_;
};

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
            same &= (result.time_ns == event.time_ns) & (result.sequence == event.sequence) &
                    (result.price == event.price) & (result.symbol == event.symbol) &
                    (result.side == event.side) & (result.score <= model::formats::TAIL.max);
        }
        return same;
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
            some(taken, results + first, decisions + first * decision_size_, size);
        }
    }

    void decide(const Event* events, const Result* results, std::byte* decisions,
                std::size_t count) override {
        for (std::size_t first = 0; first < count; first += CHUNK) {
            const std::size_t size = least(CHUNK, count - first);
            prefetch(events, first + size, count);
            Event taken[CHUNK];
            pipeline_->take(events + first, size, taken);
            some(taken, results + first, decisions + first * decision_size_, size);
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
    [[gnu::noinline]] void some(const Event* events, const Result* results, std::byte* decisions,
                                std::size_t count) {
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
        const Asked asked = signal_pipeline_.ask(prints);
        if (asked.count == count) {
            fusion_->process(asked.input, decisions, count);
        } else {
            if (asked.count != 0) {
                fusion_->process(asked.input, decisions_ + decision_size_, asked.count);
            }
            for (std::size_t i = 0; i < count; ++i) {
                __builtin_memcpy(decisions + i * decision_size_,
                                 decisions_ + asked.place[i] * decision_size_, decision_size_);
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
class SignalPipelineBlock final : public RowBlock<SignalPipelineBlock> {
  public:
    explicit SignalPipelineBlock(const params::SignalPipelineParams& p)
        : signal_pipeline_(p),
          fusion_(make_fusion(p.fusion)),
          candidates_(static_cast<std::size_t>(p.fusion.candidates)) {}

    void reset() override {
        signal_pipeline_.reset();
        fusion_->reset();
    }

    void row(const i64* in, i64* out) {
        Prints prints;
        prints.count = 1;
        prints.symbol[0] = static_cast<u32>(in[2]);
        prints.price[0] = in[3];
        prints.size[0] = in[4];
        prints.side[0] = in[5];
        prints.tail[0] = in[6];
        const Asked asked = signal_pipeline_.ask(prints);
        if (asked.count != 0) {
            decide(asked.input);
        }
        // Time, sequence and symbol are passed on.
        constexpr std::size_t passed = 3;
        __builtin_memcpy(out, in, passed * sizeof *out);
        __builtin_memcpy(out + passed, decision_, size_ * sizeof *out);
    }

  private:
    static constexpr std::size_t SYSTEMS = Signals::SYSTEMS;
    static constexpr std::size_t CANDIDATES = ScoreMatrix::MAX_CANDIDATES;

    void decide(const FusionInput& given) {
        i64 scores[SYSTEMS * CANDIDATES], present[CANDIDATES], outcome[CANDIDATES], learn[1];
        const Array inputs[] = {widened(given.scores, SYSTEMS * candidates_, scores),
                                widened(given.present, candidates_, present),
                                widened(given.outcome, candidates_, outcome),
                                widened(given.learn, 1, learn)};
        // Decided, best, rank; combined scores and ranks; used, diversity, performance.
        const std::size_t counts[] = {
            1, 1, candidates_, 3 * candidates_, 3 * candidates_, SYSTEMS, SYSTEMS, SYSTEMS};
        Array outputs[sizeof counts / sizeof *counts];
        size_ = 0;
        for (std::size_t port = 0; port < sizeof counts / sizeof *counts; ++port) {
            outputs[port] = {decision_ + size_, counts[port]};
            size_ += counts[port];
        }
        fusion_->process(inputs, sizeof inputs / sizeof *inputs, outputs,
                         sizeof outputs / sizeof *outputs, 1);
    }

    template <class Number>
    static Array widened(const Number* numbers, std::size_t count, i64* wide) {
        for (std::size_t i = 0; i < count; ++i) {
            wide[i] = numbers[i];
        }
        return {wide, count};
    }

    SignalPipeline signal_pipeline_;
    Owned<Block> fusion_;
    std::size_t candidates_;
    // The last decision, and its numbers.
    i64 decision_[LONGEST_ROW];
    std::size_t size_ = 0;
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

Block* make_signal_pipeline(const params::SignalPipelineParams& p) {
    return make<SignalPipelineBlock>(p);
}

}  // namespace HYDROPHONE_KERNELS
