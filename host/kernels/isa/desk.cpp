// The desk as an engine, behind the whale pipeline's, and as a block.
#include "signals/desk.hpp"

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

class DeskEngineOf final : public DeskEngine {
  public:
    DeskEngineOf(const params::PipelineParams& pipeline, const params::DeskParams& desk,
                 const DecisionLayout& layout)
        : pipeline_(make_engine(pipeline)),
          fusion_(make_fusion_engine(desk.fusion, layout)),
          desk_(desk),
          decision_size_(layout.size) {}

    bool allocated() const { return pipeline_.exists() && fusion_.exists() && desk_.allocated(); }

    void reset() override {
        pipeline_->reset();
        fusion_->reset();
        desk_.reset();
    }

    Counters counters() const override { return pipeline_->counters(); }

    std::size_t first_invalid(const Event* events, std::size_t count) const override {
        return pipeline_->first_invalid(events, count);
    }

    void process(const Event* events, Result* results, std::byte* decisions,
                 std::size_t count) override {
        for (std::size_t first = 0; first < count; first += CHUNK) {
            const std::size_t size = least(CHUNK, count - first);
            const std::size_t ahead = least(first + size + CHUNK, count);
            for (std::size_t i = first + size; i < ahead; ++i) {
                desk_.prefetch(events[i].symbol);
            }
            pipeline_->process(events + first, results + first, size);
            std::byte* const out = decisions + first * decision_size_;
            if (size == 1) {
                SingleEvent at;
                decide(at, events + first, results + first, out);
            } else if (size == CHUNK) {
                WholeChunk at;
                decide(at, events + first, results + first, out);
            } else {
                PartOfChunk at;
                at.count = size;
                decide(at, events + first, results + first, out);
            }
        }
    }

  private:
    template <class Chunk>
    [[gnu::noinline]] void decide(Chunk& at, const Event* events, const Result* results,
                                  std::byte* decisions) {
        Prints prints;
        for (std::size_t i = 0; i < at.count; ++i) {
            prints.symbol[i] = events[i].symbol;
            prints.price[i] = events[i].price;
            prints.size[i] = events[i].size;
            prints.side[i] = events[i].side;
            prints.tail[i] = results[i].score;
        }
        fusion_->process(desk_.process(at, prints), decisions, at.count);
    }

    Owned<Engine> pipeline_;
    Owned<FusionEngine> fusion_;
    Desk desk_;
    std::size_t decision_size_;
};

// The desk alone: prints with their whale scores in, decisions out.
class DeskBlock final : public Block {
  public:
    explicit DeskBlock(const params::DeskParams& p)
        : desk_(p),
          fusion_(make_fusion(p.fusion)),
          candidates_(static_cast<std::size_t>(p.fusion.candidates)) {}

    void reset() override {
        desk_.reset();
        fusion_->reset();
    }

    void process(const Array* inputs, std::size_t, const Array* outputs, std::size_t output_count,
                 std::size_t events) override {
        for (std::size_t first = 0; first < events; first += CHUNK) {
            PartOfChunk at;
            at.count = least(CHUNK, events - first);
            const FusionInput given = desk_.process(at, prints(inputs, first, at.count));
            pass_on(inputs, outputs, first, at.count);
            decide(given, outputs + PASSED, output_count - PASSED, first, at.count);
        }
    }

  private:
    // Ports that are passed on: time, sequence, symbol.
    static constexpr std::size_t PASSED = 3;
    static constexpr std::size_t MOST_PORTS = 8;

    static Prints prints(const Array* inputs, std::size_t first, std::size_t count) {
        Prints prints;
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t event = first + i;
            prints.symbol[i] = static_cast<u32>(inputs[2].data[event]);
            prints.price[i] = inputs[3].data[event];
            prints.size[i] = inputs[4].data[event];
            prints.side[i] = inputs[5].data[event];
            prints.tail[i] = inputs[6].data[event];
        }
        return prints;
    }

    static void pass_on(const Array* inputs, const Array* outputs, std::size_t first,
                        std::size_t count) {
        for (std::size_t port = 0; port < PASSED; ++port) {
            __builtin_memcpy(outputs[port].data + first, inputs[port].data + first,
                             count * sizeof(i64));
        }
    }

    void decide(const FusionInput& given, const Array* outputs, std::size_t output_count,
                std::size_t first, std::size_t count) {
        const std::size_t all = Signals::SYSTEMS * candidates_;
        const Array inputs[] = {widened(given.scores, all, count, scores_),
                                widened(given.present, candidates_, count, present_),
                                widened(given.outcome, candidates_, count, outcome_),
                                widened(given.learn, 1, count, learn_)};
        Array rest[MOST_PORTS];
        for (std::size_t port = 0; port < output_count; ++port) {
            rest[port] = {outputs[port].data + first * outputs[port].count, outputs[port].count};
        }
        fusion_->process(inputs, sizeof inputs / sizeof *inputs, rest, output_count, count);
    }

    template <class Number>
    static Array widened(const Number* numbers, std::size_t row, std::size_t count, i64* wide) {
        for (std::size_t i = 0; i < count * row; ++i) {
            wide[i] = numbers[i];
        }
        return {wide, row};
    }

    Desk desk_;
    Owned<Block> fusion_;
    std::size_t candidates_;
    i64 scores_[CHUNK * Signals::SYSTEMS * Board::MOST_CANDIDATES];
    i64 present_[CHUNK * Board::MOST_CANDIDATES];
    i64 outcome_[CHUNK * Board::MOST_CANDIDATES];
    i64 learn_[CHUNK];
};

}  // namespace

DeskEngine* make_desk_engine(const params::PipelineParams& pipeline, const params::DeskParams& desk,
                             const DecisionLayout& layout) {
    auto* const engine = new (std::nothrow) DeskEngineOf(pipeline, desk, layout);
    if (engine != nullptr && !engine->allocated()) {
        delete engine;
        return nullptr;
    }
    return engine;
}

Block* make_desk(const params::DeskParams& p) { return make<DeskBlock>(p); }

}  // namespace HYDROPHONE_KERNELS
