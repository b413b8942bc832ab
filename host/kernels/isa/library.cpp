// The library of kernels, compiled once for every instruction set.
#include <new>

#include "isa/makers.hpp"
#include "library/average.hpp"
#include "library/distance.hpp"
#include "library/entropy.hpp"
#include "library/fusion_stream.hpp"
#include "library/series.hpp"
#include "library/streams.hpp"
#include "library/variance.hpp"

namespace HYDROPHONE_KERNELS::library {
namespace {

template <class Sums>
i64 fixed_one(const i16* x, std::size_t n) {
    return fixed_window<Sums>(x, nullptr, n);
}

template <class Node>
int moving_one(const float* x, std::size_t n, std::size_t window, float* out) {
    const float* const input[1] = {x};
    return window && moving<Node>(input, n, window, out) ? 0 : -1;
}

template <class Node>
int moving_two(const float* x, const float* y, std::size_t n, std::size_t window, float* out) {
    const float* const input[2] = {x, y};
    return window && moving<Node>(input, n, window, out) ? 0 : -1;
}

bool is_entropy_window(std::size_t window) {
    return window && (window & (window - 1)) == 0 && window <= HYDROPHONE_LONGEST_FIXED;
}

int moving_bins(const u8* bins, std::size_t n, std::size_t window, float* out) {
    return is_entropy_window(window) && moving_entropy(bins, n, window, out) ? 0 : -1;
}

// A stream that got its memory, or nothing.
template <class Made, class... Sizes>
Stream* make(Sizes... sizes) {
    auto* const stream = new (std::nothrow) Made(sizes...);
    if (stream != nullptr && !stream->allocated()) {
        delete stream;
        return nullptr;
    }
    return stream;
}

template <class Node, class Sums>
Stream* make_either(bool fixed, std::size_t window) {
    if (!fixed) {
        return make<NodeStream<Node>>(window);
    }
    return window > HYDROPHONE_LONGEST_FIXED ? nullptr : make<FixedStream<Sums>>(window);
}

Stream* make_stream(hydrophone_kernel kernel, hydrophone_numbers numbers, std::size_t window,
                    std::size_t bins) {
    const bool fixed = numbers == HYDROPHONE_FIXED;
    const bool power_of_two = (window & (window - 1)) == 0;
    if (window == 0 || window > (std::size_t{1} << 31)) {
        return nullptr;
    }
    switch (kernel) {
        case HYDROPHONE_AVERAGE:
            return make_either<AverageNode, FixedAverage>(fixed, window);
        case HYDROPHONE_VARIANCE:
            return make_either<VarianceNode, FixedVariance>(fixed, window);
        case HYDROPHONE_CORRELATION:
            return make_either<CorrelationNode, FixedCorrelation>(fixed, window);
        case HYDROPHONE_DISTANCE:
            return make_either<DistanceNode, FixedDistance>(fixed, window);
        case HYDROPHONE_ENTROPY:
            if (!is_entropy_window(window) || bins == 0 || bins > 256) {
                return nullptr;
            }
            return fixed ? make<EntropyStream<FixedSteps>>(window)
                         : make<EntropyStream<FloatSteps>>(window);
        case HYDROPHONE_HAAR:
            if (!power_of_two || (fixed && window > HYDROPHONE_LONGEST_FIXED)) {
                return nullptr;
            }
            return fixed ? make<HaarStream<i32>>(window) : make<HaarStream<float>>(window);
    }
    return nullptr;
}

void fuse(const float* scores, std::size_t systems, std::size_t candidates, const u8* present,
          const float* performance, float* fused, float* diversity) {
    Fusion(systems, candidates, performance).decide(scores, present, fused, diversity);
}

hydrophone_fusion* make_fusion(std::size_t systems, std::size_t candidates, int rate) {
    const bool possible = systems >= 2 && systems <= MAX_SYSTEMS && candidates >= 2 &&
                          candidates <= MAX_CANDIDATES && rate >= 1 && rate <= 10;
    return possible ? new (std::nothrow) LearningFusion(systems, candidates, rate) : nullptr;
}

}  // namespace
}  // namespace HYDROPHONE_KERNELS::library

namespace HYDROPHONE_KERNELS {

using namespace library;

const hydrophone_library LIBRARY = {
    .isa = NAME,
    .average_f32 = average,
    .variance_f32 = variance,
    .correlation_f32 = correlation,
    .distance_f32 = distance,
    .entropy_f32 = entropy,
    .haar_f32 = haar_transform<float, float>,
    .average_i16 = fixed_one<FixedAverage>,
    .variance_i16 = fixed_one<FixedVariance>,
    .correlation_i16 = fixed_window<FixedCorrelation>,
    .distance_i16 = fixed_window<FixedDistance>,
    .entropy_u8 = bins_entropy,
    .haar_i16 = haar_transform<i16, i32>,
    .moving_average_f32 = moving_one<AverageNode>,
    .moving_variance_f32 = moving_one<VarianceNode>,
    .moving_correlation_f32 = moving_two<CorrelationNode>,
    .moving_distance_f32 = moving_two<DistanceNode>,
    .moving_entropy_f32 = moving_bins,
    .fuse_f32 = fuse,
    .fusion = make_fusion,
    .stream = make_stream,
};

}  // namespace HYDROPHONE_KERNELS
