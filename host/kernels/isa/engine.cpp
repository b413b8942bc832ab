// The pipeline as an engine, compiled once for every instruction set.
#include <new>

#include "core/store.hpp"
#include "isa/makers.hpp"
#include "whale/pipeline.hpp"

namespace HYDROPHONE_KERNELS {
namespace {

class PipelineEngine final : public Engine {
  public:
    PipelineEngine(const params::PipelineParams& p, const Pipeline& pipeline,
                   const Layouts& layouts)
        : pipeline_(pipeline), store_(layouts, p.parent.symbols, pipeline.classes()) {}

    bool allocated() const { return store_.allocated(); }

    void reset() override {
        store_.reset(pipeline_);
        counters_ = {};
    }

    Counters counters() const override { return counters_; }

    bool reconfigure(const params::PipelineParams& p) override {
        Layouts layouts;
        const Pipeline wanted(p, layouts);
        if (!store_.has_layout(layouts) || wanted.classes() != pipeline_.classes()) {
            return false;
        }
        pipeline_ = wanted;
        return true;
    }

    std::size_t first_invalid(const Event* events, std::size_t count) const override {
        // Eight at a time without a branch; the culprit is looked for only where there is one.
        constexpr std::size_t group = 8;
        std::size_t start = 0;
        for (; start + group <= count; start += group) {
            bool any = false;
            for (std::size_t i = 0; i < group; ++i) {
                any |= invalid(events[start + i]);
            }
            if (any) {
                break;
            }
        }
        while (start < count && !invalid(events[start])) {
            ++start;
        }
        return start;
    }

    void process(const Event* events, Result* results, std::size_t count) override {
        if (count == 1) {
            SingleEvent at;
            process_chunk(at, events, results);
            return;
        }
        for (std::size_t first = 0; first < count; first += CHUNK) {
            const std::size_t size = least(CHUNK, count - first);
            // What every event of the next chunk reads comes first in its symbol's memory.
            const std::size_t ahead = least(first + size + CHUNK, count);
            for (std::size_t i = first + size; i < ahead; ++i) {
                std::byte* const symbol = store_.symbol(events[i].symbol);
                __builtin_prefetch(symbol, 1);
                __builtin_prefetch(symbol + 64, 1);
                __builtin_prefetch(symbol + 128, 1);
            }
            if (size == CHUNK) {
                WholeChunk at;
                process_chunk(at, events + first, results + first);
            } else {
                PartOfChunk at;
                at.count = size;
                process_chunk(at, events + first, results + first);
            }
        }
    }

  private:
    HYDROPHONE_INLINE bool invalid(const Event& event) const {
        return (event.symbol >= store_.symbols()) | (event.price == 0) | (event.size == 0) |
               (event.side > 1) | ((event.time_ns | event.sequence) >> model::formats::TIME.width);
    }

    template <class Chunk>
    [[gnu::noinline]] void process_chunk(Chunk& at, const Event* events, Result* results) {
        for (std::size_t i = 0; i < at.count; ++i) {
            at.symbol[i] = store_.symbol(events[i].symbol);
            at.group[i] = store_.group(events[i].symbol);
        }
        pipeline_.process(at, events, results, counters_);
    }

    Pipeline pipeline_;
    Store store_;
    Counters counters_ = {};
};

}  // namespace

Engine* make_engine(const params::PipelineParams& p) {
    Layouts layouts;
    const Pipeline pipeline(p, layouts);
    auto* const engine = new (std::nothrow) PipelineEngine(p, pipeline, layouts);
    if (engine == nullptr || !engine->allocated()) {
        delete engine;
        return nullptr;
    }
    engine->reset();
    return engine;
}

}  // namespace HYDROPHONE_KERNELS
