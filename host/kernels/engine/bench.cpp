#include "engine/bench.hpp"

#include <sched.h>

#include <algorithm>
#include <chrono>
#include <limits>

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

std::uint32_t less(std::uint64_t value, std::uint64_t overhead) {
    constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
    return static_cast<std::uint32_t>(std::min(value > overhead ? value - overhead : 0, most));
}

// `process(first, size)` processes `size` events from number `first` on.
template <class Process>
Measurement measured(const Process& process, std::size_t count, std::size_t rounds,
                     std::size_t batch) {
    const Pinned pinned;
    // All memory is written to before the clock is read.
    Measurement m{.ticks_per_ns = ticks_per_ns(),
                  .overhead_ticks = clock_overhead(),
                  .cpu = pinned.cpu(),
                  .batches = std::vector<std::uint32_t>(rounds * (count / batch)),
                  .singles = std::vector<std::uint32_t>(rounds * count),
                  .rounds_ns = std::vector<double>(rounds)};
    process(0, count);

    // Plays the events in whole calls of `size`; returns the place behind what they took.
    const auto play = [&](std::size_t size, std::uint32_t* spent) {
        for (std::size_t first = 0; first + size <= count; first += size) {
            const std::uint64_t start = ticks();
            process(first, size);
            *spent++ = less(ticks() - start, m.overhead_ticks);
        }
        return spent;
    };
    std::uint32_t* batches = m.batches.data();
    std::uint32_t* singles = m.singles.data();
    for (double& round_ns : m.rounds_ns) {
        const auto start = Clock::now();
        process(0, count);
        round_ns = nanoseconds(Clock::now() - start) / static_cast<double>(count);
        batches = play(batch, batches);
        singles = play(1, singles);
    }
    return m;
}

}  // namespace

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
        [&](std::size_t first, std::size_t decided) {
            const std::size_t row = first * candidates;
            engine.process({.scores = input.scores + row * systems,
                            .present = input.present + row,
                            .outcome = input.outcome + row,
                            .learn = input.learn + first},
                           decisions.data() + first * size, decided);
        },
        count, rounds, batch);
}

Interruptions interruptions(double watched_ns, double longer_than_ns) {
    const Pinned pinned;
    const double rate = ticks_per_ns();
    const auto longer_than = static_cast<std::uint64_t>(longer_than_ns * rate);
    std::vector<std::uint64_t> gaps;
    gaps.reserve(std::size_t{1} << 16);

    const std::uint64_t start = ticks();
    const std::uint64_t stop = start + static_cast<std::uint64_t>(watched_ns * rate);
    std::uint64_t before = start;
    while (before < stop) {
        const std::uint64_t now = ticks();
        if (now - before > longer_than) {
            gaps.push_back(now - before);
        }
        before = now;
    }

    Interruptions found{static_cast<double>(before - start) / rate, {}};
    for (const std::uint64_t gap : gaps) {
        found.gaps_ns.push_back(static_cast<double>(gap) / rate);
    }
    return found;
}

}  // namespace hydrophone
