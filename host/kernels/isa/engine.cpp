// The pipeline as an engine, compiled once for every instruction set.
#include <new>

#include "core/state_memory.hpp"
#include "isa/makers.hpp"
#include "whale/pipeline.hpp"

namespace HYDROPHONE_KERNELS {
namespace {

class PipelineEngine final : public Engine {
  public:
    PipelineEngine(const params::PipelineParams& p, const Pipeline& pipeline,
                   const Layouts& layouts)
        : pipeline_(pipeline), memory_(layouts, p.parent.symbols, pipeline.classes()) {}

    bool allocated() const { return memory_.allocated(); }

    void reset() override {
        memory_.reset(pipeline_);
        counters_ = {};
    }

    Counters counters() const override { return counters_; }

    void set_counters(const Counters& counters) override { counters_ = counters; }

    bool exchange_state(StateOf of, const StateRecord& record, std::byte* records,
                        bool loading) override {
        StateArchive archive(record, loading);
        const bool symbols = of == StateOf::SYMBOL;
        const std::size_t count = symbols ? memory_.symbols() : memory_.groups();
        for (std::size_t number = 0; number < count; ++number) {
            archive.begin(records + number * record.size);
            if (symbols) {
                pipeline_.state(memory_.symbol(number), archive);
            } else {
                pipeline_.group_state(memory_.group(number), archive);
            }
            if (!archive.complete()) {
                return false;
            }
        }
        return true;
    }

    SymbolView view(std::size_t symbol) const override {
        SymbolView view{};
        pipeline_.view(memory_.symbol(symbol), memory_.group(symbol), view);
        return view;
    }

    bool reconfigure(const params::PipelineParams& p) override {
        Layouts layouts;
        const Pipeline wanted(p, layouts);
        if (!memory_.has_layout(layouts) || wanted.classes() != pipeline_.classes()) {
            return false;
        }
        pipeline_ = wanted;
        return true;
    }

    std::size_t first_invalid(const Event* events, std::size_t count) const override {
        // A chunk at a time without a branch; the culprit is looked for only where there is one.
        std::size_t start = 0;
        while (start < count && are_valid(events + start, least(CHUNK, count - start))) {
            start += least(CHUNK, count - start);
        }
        while (start < count && are_valid(events + start, 1)) {
            ++start;
        }
        return start;
    }

    void take(const Event* events, std::size_t count, Event* taken) const override {
        __builtin_memcpy(taken, events, count * sizeof *taken);
        // What was copied may be anything from here on: the compiler must not read it again.
        asm volatile("" : : "r"(taken) : "memory");
        if (!are_valid(taken, count)) [[unlikely]] {
            confine(taken, count);
        }
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
                std::byte* const symbol = memory_.symbol(symbol_of(events + i));
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
    // Of any alignment. Their extremes tell, each field's at its place in a record: what is in any
    // of them, their least numbers of 32 bits, their largest of 16.
    HYDROPHONE_INLINE bool are_valid(const Event* events, std::size_t count) const {
        using Words = u32 __attribute__((vector_size(sizeof(Event))));
        using Halves = u16 __attribute__((vector_size(sizeof(Event))));
        Words any{}, smallest = ~Words{};
        Halves largest{};
        for (std::size_t i = 0; i < count; ++i) {
            Words words;
            __builtin_memcpy(&words, events + i, sizeof words);
            const auto halves = reinterpret_cast<Halves>(words);
            any |= words;
            smallest = words < smallest ? words : smallest;
            largest = halves > largest ? halves : largest;
        }
        Event set, low, high;
        __builtin_memcpy(&set, &any, sizeof set);
        __builtin_memcpy(&low, &smallest, sizeof low);
        __builtin_memcpy(&high, &largest, sizeof high);
        return (high.symbol < memory_.symbols()) & (low.price != 0) & (low.size != 0) &
               (set.side <= 1) & ((set.time_ns | set.sequence) >> model::formats::TIME.width == 0);
    }

    [[gnu::cold, gnu::noinline]] void confine(Event* events, std::size_t count) const {
        constexpr u64 latest = (u64{1} << model::formats::TIME.width) - 1;
        for (std::size_t i = 0; i < count; ++i) {
            Event& event = events[i];
            event.symbol =
                static_cast<u16>(least<std::size_t>(event.symbol, memory_.symbols() - 1));
            event.price = most<u32>(event.price, 1);
            event.size = most<u32>(event.size, 1);
            event.side = least<u8>(event.side, 1);
            event.time_ns = least<u64>(event.time_ns, latest);
            event.sequence = least<u64>(event.sequence, latest);
        }
    }

    template <class Chunk>
    [[gnu::noinline]] void process_chunk(Chunk& at, const Event* events, Result* results) {
        Event taken[CHUNK];
        take(events, at.count, taken);
        for (std::size_t i = 0; i < at.count; ++i) {
            at.symbol[i] = memory_.symbol(taken[i].symbol);
            at.group[i] = memory_.group(taken[i].symbol);
        }
        pipeline_.process(at, taken, results, counters_);
    }

    Pipeline pipeline_;
    StateMemory memory_;
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
