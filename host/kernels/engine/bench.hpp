// Measures an engine from within: no Python, one pinned thread, the cycle counter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/kernels.hpp"

namespace hydrophone {

struct Measurement {
    double ticks_per_ns;
    // What reading the clock twice costs; already taken off.
    std::uint64_t overhead_ticks;
    int cpu;
    // Ticks of every call, one round after the other: calls of `batch` events, and of one. What
    // does not fit, some seconds, is the largest number.
    std::vector<std::uint32_t> batches;
    std::vector<std::uint32_t> singles;
    // Nanoseconds an event of each round, all events in one call.
    std::vector<double> rounds_ns;
};

// Plays the events to the engine `rounds` times in each of the three ways, after one warm-up.
Measurement measure(Engine& engine, const Event* events, std::size_t count, std::size_t rounds,
                    std::size_t batch);

// The same with decisions of the fusion as events. `size` is that of a decision's record, `systems`
// and `candidates` those of the engine; all pointers of the input are given.
Measurement measure(FusionEngine& engine, const FusionInput& input, std::size_t systems,
                    std::size_t candidates, std::size_t size, std::size_t count, std::size_t rounds,
                    std::size_t batch);

// What a loop that does nothing but read the clock did not get of its processor.
struct Interruptions {
    double watched_ns;
    // Times between two readings that took longer than was asked for.
    std::vector<double> gaps_ns;
};

Interruptions interruptions(double watched_ns, double longer_than_ns);

}  // namespace hydrophone
