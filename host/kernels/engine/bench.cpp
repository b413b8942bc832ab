#include "engine/bench.hpp"

#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <bit>
#include <chrono>

namespace hydrophone {
namespace {

using Clock = std::chrono::steady_clock;

std::uint64_t ticks() {
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#else
    return static_cast<std::uint64_t>(
        std::chrono::nanoseconds(Clock::now().time_since_epoch()).count());
#endif
}

double nanoseconds(Clock::duration elapsed) {
    return std::chrono::duration<double, std::nano>(elapsed).count();
}

// Keeps the thread on the processor it runs on, for as long as it lives.
class Pinned {
  public:
    Pinned() : cpu_(sched_getcpu()) {
        sched_getaffinity(0, sizeof before_, &before_);
        cpu_set_t only;
        CPU_ZERO(&only);
        CPU_SET(static_cast<std::size_t>(cpu_), &only);
        sched_setaffinity(0, sizeof only, &only);
    }
    ~Pinned() { sched_setaffinity(0, sizeof before_, &before_); }
    Pinned(const Pinned&) = delete;
    Pinned& operator=(const Pinned&) = delete;

    int cpu() const { return cpu_; }

  private:
    int cpu_;
    cpu_set_t before_;
};

double ticks_per_ns() {
    const auto start = Clock::now();
    const std::uint64_t first = ticks();
    while (nanoseconds(Clock::now() - start) < 2e7) {
    }
    const std::uint64_t last = ticks();
    return static_cast<double>(last - first) / nanoseconds(Clock::now() - start);
}

std::uint64_t clock_overhead() {
    std::vector<std::uint64_t> gaps(10001);
    for (std::uint64_t& gap : gaps) {
        const std::uint64_t before = ticks();
        gap = ticks() - before;
    }
    std::nth_element(gaps.begin(), gaps.begin() + 5000, gaps.end());
    return gaps[5000];
}

// How often the system has taken the processor from this thread.
long interruptions() {
    rusage usage;
    getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_nivcsw;
}

std::uint64_t less(std::uint64_t value, std::uint64_t overhead) {
    return value > overhead ? value - overhead : 0;
}

// `process(first, size)` does the work of some events.
template <class Process>
Measurement measured(const Process& process, std::size_t count, std::size_t rounds,
                     std::size_t batch) {
    const Pinned pinned;
    Measurement m{ticks_per_ns(), clock_overhead(), pinned.cpu(), {}, {}, {}, {}, {}};
    process(0, count);

    // Plays all events in calls of `size`, about a thousand events between questions to the system.
    const auto play = [&](std::size_t size, Histogram& all, Histogram& quiet) {
        const std::size_t calls = std::max<std::size_t>(1024 / size, 1);
        std::vector<std::uint64_t> spent;
        for (std::size_t first = 0; first + size <= count;) {
            spent.clear();
            const long before = interruptions();
            for (; spent.size() < calls && first + size <= count; first += size) {
                const std::uint64_t start = ticks();
                process(first, size);
                spent.push_back((less(ticks() - start, m.overhead_ticks) + size / 2) / size);
            }
            const bool undisturbed = interruptions() == before;
            for (const std::uint64_t each : spent) {
                all.record(each, size);
                if (undisturbed) {
                    quiet.record(each, size);
                }
            }
        }
    };
    for (std::size_t round = 0; round < rounds; ++round) {
        const auto start = Clock::now();
        process(0, count);
        m.rounds_ns.push_back(nanoseconds(Clock::now() - start) / static_cast<double>(count));
        play(batch, m.batches, m.quiet_batches);
        play(1, m.singles, m.quiet_singles);
    }
    return m;
}

}  // namespace

Histogram::Histogram() : counts_(bucket(~std::uint64_t{0}) + 1) {}

std::size_t Histogram::bucket(std::uint64_t ticks) {
    const int octave = std::max(static_cast<int>(std::bit_width(ticks)) - 1 - PRECISION, 0);
    return (static_cast<std::size_t>(octave) << PRECISION) + (ticks >> octave);
}

std::uint64_t Histogram::value(std::size_t bucket) {
    constexpr std::size_t octave_size = std::size_t{1} << PRECISION;
    if (bucket < 2 * octave_size) {
        return bucket;
    }
    const std::size_t octave = bucket / octave_size - 1;
    return (bucket - octave * octave_size) << octave;
}

void Histogram::record(std::uint64_t ticks, std::uint64_t times) {
    counts_[bucket(ticks)] += times;
    largest_ = std::max(largest_, ticks);
}

Measurement measure(Engine& engine, const Event* events, std::size_t count, std::size_t rounds,
                    std::size_t batch) {
    std::vector<Result> results(count);
    return measured(
        [&](std::size_t first, std::size_t size) {
            engine.process(events + first, results.data() + first, size);
        },
        count, rounds, batch);
}

Measurement measure(FusionEngine& engine, const FusionInput& input, std::size_t systems,
                    std::size_t candidates, std::size_t size, std::size_t count, std::size_t rounds,
                    std::size_t batch) {
    std::vector<std::byte> decisions(count * size);
    return measured(
        [&](std::size_t first, std::size_t some) {
            const std::size_t row = first * candidates;
            engine.process({input.scores + row * systems, input.present + row, input.outcome + row,
                            input.learn + first},
                           decisions.data() + first * size, some);
        },
        count, rounds, batch);
}

}  // namespace hydrophone
