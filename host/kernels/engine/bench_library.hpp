// Times the library's kernels from within, and functions of others in the same loop.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "hydrophone_kernels.h"

namespace hydrophone {

// Nanoseconds of one call.
struct CallTime {
    std::string kernel;
    // Calls back to back, of which a processor works on several at once.
    double throughput;
    // Each call waits for the result of the one before.
    double latency;
};

// Every kernel on one window of n samples, a power of two, for about `span_ns` each.
std::vector<CallTime> time_library(const hydrophone_library& library, std::size_t n,
                                   double span_ns);

// The fusion of eight systems' scores for sixteen candidates.
CallTime time_fusion(const hydrophone_library& library, double span_ns);

// What others offer: a function of two columns, the second of which it may leave alone.
using Foreign = void (*)(const float* x, const float* y, std::size_t n, double* result);

// Somebody else's kernel, likewise.
CallTime time_foreign(const std::string& kernel, Foreign function, std::size_t n, double span_ns);

}  // namespace hydrophone
