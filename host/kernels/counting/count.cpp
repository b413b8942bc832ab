// Runs everything a fixed number of times, for a profiler that counts instructions.
//
//     count ISA TIMES < engines
//
// Standard input holds what the engines need. The pipeline: its parameters (core/reader.hpp), the
// number of symbols and of the fields of a symbol's state, elements, bytes and sign of each field,
// the number of events, and the events. The fusion: its parameters, where in a decision each field
// lies and how many bytes it has, the number of decisions, and their scores, who is present,
// outcomes, and whether they learn. The signal pipeline: parameters of the pipeline and its own,
// places of a decision's fields, the number of events, and the events. Standard output tells the
// compiler, and then what was run, a line each in order: kernel, size, and the calls or events of
// one of the TIMES that it is run. The profiler begins and ends at each call of
// `hydrophone_counted`.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/histogram.hpp"
#include "core/reader.hpp"
#include "engine/dispatch.hpp"
#include "engine/workloads.hpp"

extern "C" [[gnu::noinline, gnu::visibility("default")]] void hydrophone_counted(
    void (*run)(void*), void* context, std::size_t times) {
    for (std::size_t i = 0; i < times; ++i) {
        run(context);
    }
}

#if defined(__clang__)
#define COMPILER "Clang " __clang_version__
#else
#define COMPILER "GCC " __VERSION__
#endif

namespace hydrophone {
namespace {

constexpr std::size_t WINDOW = 64;
constexpr std::size_t SLIDING = 2048;

// Called through here, so that no copy of it is made for a caller, whose name would be another.
void (*volatile counted)(void (*)(void*), void*, std::size_t) = hydrophone_counted;

// Makes the call once unseen, so that caches of the processor and the linker are filled, then
// counted.
template <class Call>
void count(const char* name, const char* size, std::size_t units, std::size_t times, Call call) {
    call();
    counted([](void* context) { (*static_cast<Call*>(context))(); }, &call, times);
    std::printf("%s %s %zu\n", name, size, units);
}

template <class Record>
std::vector<Record> read_records(std::size_t count) {
    std::vector<Record> records(count);
    if (std::fread(records.data(), sizeof(Record), count, stdin) != count) {
        std::fputs("input ends early\n", stderr);
        std::exit(2);
    }
    return records;
}

std::size_t read_size() { return static_cast<std::size_t>(read_one()); }

void count_windows(const hydrophone_library& library, std::size_t times) {
    for (const std::size_t n : {64, 1024}) {
        Samples samples(n);
        each_kernel(library, samples, n, [&](const char* name, auto call) {
            count(name, std::to_string(n).c_str(), 1, times,
                  [&] { [[maybe_unused]] volatile float kept = call(0); });
        });
    }
}

void count_table(const hydrophone_library& library, std::size_t times) {
    Samples samples(FUSED);
    see_fusion(library, samples, [&](const char* name, auto call) {
        count(name, "table", 1, times, [&] { [[maybe_unused]] volatile float kept = call(0); });
    });
}

void count_sliding(const hydrophone_library& library, std::size_t times) {
    Samples samples(SLIDING);
    each_series(library, samples, WINDOW,
                [&](const char* name, auto call) { count(name, "series", SLIDING, times, call); });
    each_stream(library, WINDOW, [&](const char* name, hydrophone_stream* stream) {
        count(name, "push", SLIDING, times, [&] {
            for (std::size_t i = 0; i < SLIDING; ++i) {
                const double bin = static_cast<double>(i % STREAM_BINS);
                hydrophone_stream_push(stream, bin, static_cast<double>(samples.y[i]));
            }
        });
    });
}

void count_pipeline(const Isa& isa, std::size_t times) {
    Reader reader;
    params::PipelineParams params{};
    params.each(reader);
    const std::size_t symbols = read_size();
    std::vector<StateField> fields(read_size());
    std::size_t size = 0;
    for (StateField& field : fields) {
        field.count = read_size();
        field.bytes = static_cast<std::uint8_t>(read_size());
        field.is_signed = read_size() != 0;
        size += field.count * field.bytes;
    }
    const std::vector<Event> events = read_records<Event>(read_size());
    const std::unique_ptr<Engine> engine(isa.make_engine(params));
    std::vector<Result> results(events.size());
    count("pipeline", "event", events.size(), times,
          [&] { engine->process(events.data(), results.data(), events.size()); });
    // One by one, as they are pushed.
    count("pipeline", "push", events.size(), times, [&] {
        for (std::size_t i = 0; i < events.size(); ++i) {
            engine->process(&events[i], &results[i], 1);
        }
    });
    std::vector<std::byte> records(symbols * size);
    const StateRecord record{fields.data(), fields.size(), size};
    for (const bool loading : {false, true}) {
        count(loading ? "state import" : "state export", "symbol", symbols, times, [&] {
            if (!engine->exchange_state(StateOf::SYMBOL, record, records.data(), loading)) {
                throw std::runtime_error("the model declares another state than the engine keeps");
            }
        });
    }
}

DecisionLayout read_layout() {
    DecisionLayout layout;
#define X(field, Type) layout.field = read_size();
    HYDROPHONE_DECISION(X)
#undef X
    layout.size = read_size();
    return layout;
}

void count_signal_pipeline(const Isa& isa, std::size_t times) {
    Reader reader;
    params::PipelineParams pipeline{};
    pipeline.each(reader);
    params::SignalPipelineParams signals{};
    signals.each(reader);
    const DecisionLayout layout = read_layout();
    const std::vector<Event> events = read_records<Event>(read_size());
    const std::unique_ptr<SignalPipelineEngine> engine(
        isa.make_signal_pipeline_engine(pipeline, signals, layout));
    std::vector<Result> results(events.size());
    std::vector<std::byte> out(events.size() * layout.size);
    count("signal_pipeline", "event", events.size(), times,
          [&] { engine->process(events.data(), results.data(), out.data(), events.size()); });
}

// The recorder of latencies, which is compiled once.
void count_histogram(std::size_t times) {
    std::vector<std::uint64_t> memory(HistogramRecorder::WORDS);
    HistogramRecorder recorder(memory.data());
    recorder.reset();
    count("histogram", "record", SLIDING, times, [&] {
        for (std::uint64_t i = 0; i < SLIDING; ++i) {
            recorder.record(i * i * i, 1);
        }
    });
}

void count_fusion(const Isa& isa, std::size_t times) {
    Reader reader;
    params::FusionParams params{};
    params.each(reader);
    const DecisionLayout layout = read_layout();
    const std::size_t decisions = read_size();
    const auto candidates = static_cast<std::size_t>(params.candidates);
    const std::size_t scores = static_cast<std::size_t>(params.systems) * candidates;
    const auto given = read_records<std::int16_t>(decisions * scores);
    const auto present = read_records<std::uint8_t>(decisions * candidates);
    const auto outcome = read_records<std::int16_t>(decisions * candidates);
    const auto learn = read_records<std::uint8_t>(decisions);
    const FusionInput input{.scores = given.data(),
                            .present = present.data(),
                            .outcome = outcome.data(),
                            .learn = learn.data()};
    std::vector<std::byte> out(decisions * layout.size);
    const std::unique_ptr<FusionEngine> engine(isa.make_fusion_engine(params, layout));
    count("fusion", "decision", decisions, times,
          [&] { engine->process(input, out.data(), decisions); });
}

}  // namespace
}  // namespace hydrophone

int main(int count, char** words) {
    if (count != 3) {
        std::fputs("usage: count ISA TIMES < engines\n", stderr);
        return 2;
    }
    std::puts(COMPILER);
    try {
        const std::size_t times = std::strtoull(words[2], nullptr, 10);
        const hydrophone::Isa& isa = hydrophone::choose_isa(words[1]);
        hydrophone::count_windows(*isa.library, times);
        hydrophone::count_table(*isa.library, times);
        hydrophone::count_sliding(*isa.library, times);
        hydrophone::count_pipeline(isa, times);
        hydrophone::count_fusion(isa, times);
        hydrophone::count_signal_pipeline(isa, times);
        hydrophone::count_histogram(times);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 2;
    }
    return 0;
}
