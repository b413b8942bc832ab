// The kernels from C++ (or C): one window, a stream, a whole series, and a fusion.
//
// With the static library of an editable installation:
//
//     c++ -Ihost/kernels docs/examples/kernels.cpp build/*/libhydrophone_core.a
#include <hydrophone_kernels.h>

#include <cstdio>
#include <vector>

int main() {
    // The newest instruction set that this processor has, or what HYDROPHONE_ISA says.
    const hydrophone_library* const k = hydrophone_library_of(nullptr);
    if (k == nullptr) {
        std::fputs("HYDROPHONE_ISA names an instruction set that is not available\n", stderr);
        return 2;
    }
    std::vector<float> prices(256), results(prices.size());
    for (std::size_t i = 0; i < prices.size(); ++i) {
        prices[i] = 100.0f + static_cast<float>(i * i % 17);
    }

    // One window.
    std::printf("average %.6f\n", static_cast<double>(k->average_f32(prices.data(), 64)));

    // A whole series, into our own buffer.
    if (k->moving_variance_f32(prices.data(), prices.size(), 64, results.data()) != 0) {
        return 1;
    }

    // A stream: the same bits, one sample at a time.
    hydrophone_stream* const variance = k->stream(HYDROPHONE_VARIANCE, HYDROPHONE_F32, 64, 0);
    if (variance == nullptr) {
        return 1;
    }
    double now = 0;
    for (const float price : prices) {
        now = hydrophone_stream_push(variance, static_cast<double>(price), 0);
    }
    hydrophone_stream_free(variance);
    std::printf("variance %.6f %.6f\n", now, static_cast<double>(results.back()));

    // Two systems score three candidates; the first row of what comes out is the score average.
    const float scores[] = {3, 1, 2, 10, 30, 20};
    float fused[6 * 3], diversity[2];
    k->fuse_f32(scores, 2, 3, nullptr, nullptr, fused, diversity);
    std::printf("fused %.6f %.6f %.6f\n", static_cast<double>(fused[0]),
                static_cast<double>(fused[1]), static_cast<double>(fused[2]));
    return 0;
}
