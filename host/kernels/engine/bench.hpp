// Measures an engine from within: no Python, one pinned thread, the cycle counter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/kernels.hpp"

namespace hydrophone {

// Log-linear: exact to one tick up to 2**7, then 2**7 buckets an octave, like an HDR histogram.
class Histogram {
  public:
    static constexpr int PRECISION = 7;

    Histogram();
    void record(std::uint64_t ticks, std::uint64_t times = 1);
    // Smallest value of a bucket.
    static std::uint64_t value(std::size_t bucket);
    const std::vector<std::uint64_t>& counts() const { return counts_; }
    std::uint64_t largest() const { return largest_; }

  private:
    static std::size_t bucket(std::uint64_t ticks);

    std::vector<std::uint64_t> counts_;
    std::uint64_t largest_ = 0;
};

struct Measurement {
    double ticks_per_ns;
    // What reading the clock twice costs; already taken off.
    std::uint64_t overhead_ticks;
    int cpu;
    // Ticks an event, where the clock was read around `batch` events, and around calls of one; and
    // the same without the spans in which the system gave the processor to somebody else.
    Histogram batches;
    Histogram singles;
    Histogram quiet_batches;
    Histogram quiet_singles;
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

}  // namespace hydrophone
