// Workloads: the library's kernels on made-up data, to be timed and counted.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <new>
#include <random>
#include <utility>
#include <vector>

#include "hydrophone_kernels.h"

namespace hydrophone {

inline constexpr std::size_t STREAM_BINS = 16;

// Samples for every kernel, the same on every machine: two columns that vary together, weights, and
// numbers of bins.
struct Samples {
    explicit Samples(std::size_t count)
        : x(count), y(count), weights(count), bins(count), out(count) {
        std::mt19937 random(20240808);
        const auto unit = [&] { return static_cast<float>(random() >> 8) * 0x1p-24f; };
        for (std::size_t i = 0; i < count; ++i) {
            x[i] = unit() + unit() + unit() - 1.5f;
            y[i] = 0.5f * x[i] + unit();
            weights[i] = unit() + 0x1p-10f;
            bins[i] = static_cast<std::uint8_t>((x[i] + 1.5f) * (STREAM_BINS / 3.0f));
        }
    }

    std::vector<float> x;
    std::vector<float> y;
    std::vector<float> weights;
    std::vector<std::uint8_t> bins;
    std::vector<float> out;
};

// Shows every kernel to `see(name, call)`; `call(shift)` computes a window of n samples that begins
// `shift` samples later, so that a chain of calls can depend on results.
template <class See>
void each_kernel(const hydrophone_library& library, Samples& samples, std::size_t n, See see) {
    float *const x = samples.x.data(), *const y = samples.y.data();
    const float* const weights = samples.weights.data();
    float* const out = samples.out.data();
    const int levels = static_cast<int>(std::log2(static_cast<double>(n)));
    see("correlation", [&](std::size_t s) { return library.correlation_f32(x + s, y + s, n); });
    see("haar", [&](std::size_t s) {
        library.haar_f32(x + s, n, levels, out);
        return out[0];
    });
    see("distance", [&](std::size_t s) { return library.distance_f32(x + s, y + s, n); });
    see("entropy", [&](std::size_t s) { return library.entropy_f32(weights + s, n); });
    see("moving_average", [&](std::size_t s) { return library.average_f32(x + s, n); });
    see("variance", [&](std::size_t s) { return library.variance_f32(x + s, n); });
}

inline constexpr std::size_t SYSTEMS = 8, CANDIDATES = 16, FUSED = SYSTEMS * CANDIDATES + 1;

// Shows the fusion of one table of scores likewise; of samples it needs FUSED.
template <class See>
void see_fusion(const hydrophone_library& library, Samples& samples, See see) {
    const float *const scores = samples.x.data(), *const performance = samples.weights.data();
    float diversity[SYSTEMS], fused[6 * CANDIDATES];
    see("fusion", [&](std::size_t s) {
        library.fuse_f32(scores + s, SYSTEMS, CANDIDATES, nullptr, performance, fused, diversity);
        return fused[0];
    });
}

// Shows every kernel that slides over the samples to `see(name, call)`.
template <class See>
void each_series(const hydrophone_library& library, Samples& samples, std::size_t window, See see) {
    const float *const x = samples.x.data(), *const y = samples.y.data();
    float* const out = samples.out.data();
    const std::size_t n = samples.x.size();
    see("correlation", [&] { library.moving_correlation_f32(x, y, n, window, out); });
    see("distance", [&] { library.moving_distance_f32(x, y, n, window, out); });
    see("entropy", [&] { library.moving_entropy_f32(samples.bins.data(), n, window, out); });
    see("moving_average", [&] { library.moving_average_f32(x, n, window, out); });
    see("variance", [&] { library.moving_variance_f32(x, n, window, out); });
}

// Shows a stream of every kernel to `see(name, stream)`; samples must be numbers of bins.
template <class See>
void each_stream(const hydrophone_library& library, std::size_t window, See see) {
    constexpr std::pair<const char*, hydrophone_kernel> streams[] = {
        {"correlation", HYDROPHONE_CORRELATION}, {"haar", HYDROPHONE_HAAR},
        {"distance", HYDROPHONE_DISTANCE},       {"entropy", HYDROPHONE_ENTROPY},
        {"moving_average", HYDROPHONE_AVERAGE},  {"variance", HYDROPHONE_VARIANCE},
    };
    for (const auto& [name, kernel] : streams) {
        hydrophone_stream* const stream =
            library.stream(kernel, HYDROPHONE_F32, window, STREAM_BINS);
        if (stream == nullptr) {
            throw std::bad_alloc();
        }
        see(name, stream);
        hydrophone_stream_free(stream);
    }
}

}  // namespace hydrophone
