// Runs the library's kernels on columns from standard input: for processors other than this one.
//
// In: the number of samples as a 64-bit integer, two columns of float32, a column of uint8. Out:
// all results as float32, in the order of `test_cross.results`.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "isa/makers.hpp"

namespace {

using namespace hydrophone;

template <class T>
std::vector<T> read_many(std::size_t count) {
    std::vector<T> values(count);
    if (std::fread(values.data(), sizeof(T), count, stdin) != count) {
        std::fputs("input ends early\n", stderr);
        std::exit(2);
    }
    return values;
}

void write_many(const std::vector<float>& values) {
    std::fwrite(values.data(), sizeof(float), values.size(), stdout);
}

}  // namespace

int main() {
    const hydrophone_library& k = HYDROPHONE_KERNELS::LIBRARY;
    const auto n = static_cast<std::size_t>(read_many<std::int64_t>(1)[0]);
    const std::vector<float> x = read_many<float>(n), y = read_many<float>(n);
    const std::vector<std::uint8_t> bins = read_many<std::uint8_t>(n);
    std::vector<float> weights(n), out(n);
    for (std::size_t i = 0; i < n; ++i) {
        weights[i] = x[i] < 0 ? -x[i] : x[i];
    }
    write_many({k.average_f32(x.data(), n), k.variance_f32(x.data(), n),
                k.correlation_f32(x.data(), y.data(), n), k.distance_f32(x.data(), y.data(), n),
                k.entropy_f32(weights.data(), n)});
    k.haar_f32(x.data(), n, 3, out.data());
    write_many(out);
    for (const std::size_t window : {std::size_t{7}, std::size_t{64}}) {
        k.moving_average_f32(x.data(), n, window, out.data());
        write_many(out);
        k.moving_variance_f32(x.data(), n, window, out.data());
        write_many(out);
        k.moving_correlation_f32(x.data(), y.data(), n, window, out.data());
        write_many(out);
        k.moving_distance_f32(x.data(), y.data(), n, window, out.data());
        write_many(out);
    }
    k.moving_entropy_f32(bins.data(), n, 64, out.data());
    write_many(out);
    hydrophone_stream* const entropy = k.stream(HYDROPHONE_ENTROPY, HYDROPHONE_F32, 16, 256);
    hydrophone_stream* const variance = k.stream(HYDROPHONE_VARIANCE, HYDROPHONE_F32, 7, 0);
    for (std::size_t i = 0; i < n; ++i) {
        const double of_bins = hydrophone_stream_push(entropy, bins[i], 0);
        const double of_samples = hydrophone_stream_push(variance, static_cast<double>(x[i]), 0);
        write_many({static_cast<float>(of_bins), static_cast<float>(of_samples)});
    }
    hydrophone_stream_free(entropy);
    hydrophone_stream_free(variance);
    constexpr std::size_t systems = 8, candidates = 16;
    hydrophone_fusion* const fusion = k.fusion(systems, candidates, 3);
    std::vector<float> fused(6 * candidates);
    for (std::size_t i = 0; i + systems * candidates <= n; i += candidates) {
        hydrophone_fusion_push(fusion, &x[i], nullptr, &y[i], fused.data());
        write_many(fused);
    }
    hydrophone_fusion_free(fusion);
    return 0;
}
