// Shannon entropy of a window of weights.
#pragma once

#include "library/rounds.hpp"

namespace HYDROPHONE_KERNELS::library {

// log2 of normal positive numbers within 2**-22, and within 2**-22 of the logarithm around 1.
template <class V>
HYDROPHONE_INLINE V log2_of(V x) {
    using Bits = typename BitsOf<V>::type;
    // The exponent that leaves a mantissa between sqrt(1/2) and sqrt(2).
    constexpr i32 root_half = 0x3F3504F3;
    const Bits bits = bit_cast<Bits>(x);
    const Bits exponent = (bits - root_half) >> 23;
    const V r = bit_cast<V>(bits - (exponent << 23)) - 1.0f;
    // log2(1 + r) / r: the polynomial of degree 8 with the least largest relative error, 2.6e-8.
    const V r2 = r * r, r4 = r2 * r2;
    const V low = (1.44269500f + r * -0.721347347f) + r2 * (0.480910643f + r * -0.360703683f);
    const V high = (0.287916248f + r * -0.238944824f) + r2 * (0.215715612f + r * -0.207269728f);
    const V curve = low + r4 * (high + r4 * 0.125836980f);
    return as_floats<V>(exponent) + r * curve;
}

// What is summed in float32 before it goes on in float64.
inline constexpr std::size_t ENTROPY_LANES = 32, ENTROPY_BLOCK = 16 * ENTROPY_LANES;

// The sum of the weights times `scale`; NaN where one is negative.
template <bool scaled>
HYDROPHONE_INLINE double sum_of_weights(const float* weights, std::size_t n, float scale) {
    using V = Vector<float>;
    using Bits = typename BitsOf<V>::type;
    double sum = 0;
    i32 negative = 0;
    for (std::size_t start = 0; start < n; start += ENTROPY_BLOCK) {
        Lanes<float, ENTROPY_LANES> sums;
        Bits signs = {};
        each_round<float, ENTROPY_LANES, 1>(
            weights + start, least(ENTROPY_BLOCK, n - start), 0.0f,
            [&](std::size_t part, V values) __attribute__((always_inline)) {
                sums.part[part] += scaled ? values * scale : values;
                // A negative zero is none: adding zero makes it positive.
                signs |= bit_cast<Bits>(values + 0.0f);
            });
        sum += static_cast<double>(sums.total());
        i32 each[WIDTH_OF<float>];
        __builtin_memcpy(each, &signs, sizeof each);
        for (const i32 sign : each) {
            negative |= sign;
        }
    }
    return negative < 0 ? __builtin_nan("") : sum;
}

// -sum p log2 p of the shares p = weight * scale / sum, with a sum from 2**-126 to 2**126.
template <bool scaled>
HYDROPHONE_INLINE float entropy_of_shares(const float* weights, std::size_t n, float scale,
                                          double sum) {
    using V = Vector<float>;
    constexpr float smallest = 0x1p-126f;
    const V inverse = V{} + static_cast<float>(1 / sum);
    double result = 0;
    for (std::size_t start = 0; start < n; start += ENTROPY_BLOCK) {
        Lanes<float, ENTROPY_LANES> terms;
        each_round<float, ENTROPY_LANES, 1>(
            weights + start, least(ENTROPY_BLOCK, n - start), 0.0f,
            [&](std::size_t part, V values) __attribute__((always_inline)) {
                // A share that is not a normal number adds nothing.
                const V share = (scaled ? values * scale : values) * inverse;
                const V sure = share < smallest ? V{} + 1.0f : share;
                terms.part[part] -= sure * log2_of(sure);
            });
        result += static_cast<double>(terms.total());
    }
    return static_cast<float>(result < 0 ? 0.0 : result);
}

// Of weights whose sum, or its inverse, float32 has no room for: times a power of two.
[[gnu::noinline]] inline float rescaled_entropy(const float* weights, std::size_t n, float scale) {
    const double sum = sum_of_weights<true>(weights, n, scale);
    if (!(sum < __builtin_inf())) {
        return __builtin_nanf("");
    }
    return sum > 0 ? entropy_of_shares<true>(weights, n, scale, sum) : 0.0f;
}

// Shannon's, in bits. A weight that is negative, infinite or a NaN makes it a NaN.
inline float entropy(const float* weights, std::size_t n) {
    const double sum = sum_of_weights<false>(weights, n, 1.0f);
    if (sum >= 0x1p-126 && sum < 0x1p126) [[likely]] {
        return entropy_of_shares<false>(weights, n, 1.0f, sum);
    }
    if (sum != sum) {
        return __builtin_nanf("");
    }
    return rescaled_entropy(weights, n, sum < 1 ? 0x1p100f : 0x1p-64f);
}

}  // namespace HYDROPHONE_KERNELS::library
