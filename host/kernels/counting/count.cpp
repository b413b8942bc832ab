// Runs everything a fixed number of times, for a profiler that counts instructions.
//
//     count ISA TIMES < pipeline
//
// Standard input holds what the pipeline needs: its parameters (core/reader.hpp), the number of
// events, and the events. Standard output tells the compiler, and then what was run, a line each in
// order: kernel, size, and the calls or events of one of the TIMES that it is run. The profiler
// begins and ends at each call of `hydrophone_counted`.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <vector>

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

// Runs `work` once unseen, so that caches of the processor and the linker are filled, then counted.
template <class Work>
void count(const char* name, const char* size, std::size_t units, std::size_t times, Work work) {
    work();
    counted([](void* context) { (*static_cast<Work*>(context))(); }, &work, times);
    std::printf("%s %s %zu\n", name, size, units);
}

std::vector<Event> read_events() {
    std::vector<Event> events(static_cast<std::size_t>(read_one()));
    if (std::fread(events.data(), sizeof(Event), events.size(), stdin) != events.size()) {
        std::fputs("the tape ends early\n", stderr);
        std::exit(2);
    }
    return events;
}

void count_windows(const hydrophone_library& library, std::size_t times) {
    for (const std::size_t n : {64, 1024}) {
        Samples samples(n);
        each_kernel(library, samples, n, [&](const char* name, auto call) {
            count(name, std::to_string(n).c_str(), 1, times,
                  [&] { [[maybe_unused]] volatile float kept = call(0); });
        });
    }
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
    const std::vector<Event> events = read_events();
    const std::unique_ptr<Engine> engine(isa.make_engine(params));
    std::vector<Result> results(events.size());
    count("pipeline", "event", events.size(), times,
          [&] { engine->process(events.data(), results.data(), events.size()); });
}

}  // namespace
}  // namespace hydrophone

int main(int count, char** words) {
    if (count != 3) {
        std::fputs("usage: count ISA TIMES < pipeline\n", stderr);
        return 2;
    }
    std::puts(COMPILER);
    try {
        const std::size_t times = std::strtoull(words[2], nullptr, 10);
        const hydrophone::Isa& isa = hydrophone::choose_isa(words[1]);
        hydrophone::count_windows(*isa.library, times);
        hydrophone::count_sliding(*isa.library, times);
        hydrophone::count_pipeline(isa, times);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 2;
    }
    return 0;
}
