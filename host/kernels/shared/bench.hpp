// Measures the shared-memory segment from within: a writer and a reader, each on its processor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "hydrophone_model.h"

namespace hydrophone {

struct SharedBench {
    // Nanoseconds an event published, each a round: without readers, and while another processor
    // reads as fast as it can.
    std::vector<float> publish_alone_ns;
    std::vector<float> publish_read_ns;
    // Nanoseconds a read of a snapshot, each a batch's mean, while the writer publishes as fast as
    // it can.
    std::vector<float> reads_ns;
    std::size_t reads_a_batch;
    std::uint64_t busy;
    // Nanoseconds from before an alert is published until another processor has copied it.
    std::vector<float> alerts_ns;
    std::uint64_t alerts_missed;
};

// Publishes the results over and over, in calls of `batch`, for that time in each of the parts; a
// symbol of them is less than `symbols`.
SharedBench measure_shared(const Result* results, std::size_t count, std::size_t symbols,
                           std::size_t batch, int cpu_writer, int cpu_reader, double seconds);

}  // namespace hydrophone
