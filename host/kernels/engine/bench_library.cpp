#include "engine/bench_library.hpp"

#include <chrono>

#include "engine/workloads.hpp"

namespace hydrophone {
namespace {

using Clock = std::chrono::steady_clock;

// Nanoseconds of each of `calls` calls of `call`, which takes what the one before returned.
template <class Call>
double span(std::size_t calls, Call call) {
    const auto start = Clock::now();
    std::size_t carried = 0;
    for (std::size_t i = 0; i < calls; ++i) {
        carried = call(carried);
    }
    const std::chrono::duration<double, std::nano> spent = Clock::now() - start;
    [[maybe_unused]] volatile std::size_t kept = carried;
    return spent.count();
}

// Results are numbers, so that each tells the next call to begin at sample 0; but no one knows that
// before the result is there.
template <class Call>
CallTime time(const std::string& name, double span_ns, Call call) {
    const auto free = [&](std::size_t) {
        [[maybe_unused]] volatile float kept = static_cast<float>(call(0));
        return std::size_t{0};
    };
    const auto chained = [&](std::size_t shift) {
        const auto result = call(shift);
        return static_cast<std::size_t>(result != result);
    };
    std::size_t calls = 1;
    while (span(calls, free) < span_ns / 2) {
        calls *= 2;
    }
    const double each = 1 / static_cast<double>(calls);
    return {name, span(calls, free) * each, span(calls, chained) * each};
}

}  // namespace

std::vector<CallTime> time_library(const hydrophone_library& library, std::size_t n,
                                   double span_ns) {
    Samples samples(n + 1);
    std::vector<CallTime> times;
    each_kernel(library, samples, n,
                [&](const char* name, auto call) { times.push_back(time(name, span_ns, call)); });
    return times;
}

CallTime time_fusion(const hydrophone_library& library, double span_ns) {
    Samples samples(FUSED);
    CallTime found;
    see_fusion(library, samples,
               [&](const char* name, auto call) { found = time(name, span_ns, call); });
    return found;
}

CallTime time_foreign(const std::string& kernel, Foreign function, std::size_t n, double span_ns) {
    Samples samples(n + 1);
    const float* const x = kernel == "entropy" ? samples.weights.data() : samples.x.data();
    const float* const y = samples.y.data();
    return time(kernel, span_ns, [&](std::size_t shift) {
        double result = 0;
        function(x + shift, y + shift, n, &result);
        return result;
    });
}

}  // namespace hydrophone
