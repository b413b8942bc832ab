// Shannon entropy of a window of weights.
#pragma once

#include "library/floats.hpp"

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

// -sum p log2 p, in bits, of the shares p = weight / sum of weights. Weights that sum to less than
// the smallest normal number have the entropy 0; a negative or infinite weight, and a sum from
// 2**126 on, make it not a number.
inline float entropy(const float* weights, std::size_t n) {
    using V = Vector<float>;
    using Bits = typename BitsOf<V>::type;
    constexpr std::size_t lanes = 32, block = 16 * lanes;
    constexpr float smallest = 0x1p-126f;
    double sum = 0;
    i32 negative = 0;
    for (std::size_t start = 0; start < n; start += block) {
        Lanes<float, lanes> sums;
        Bits signs = {};
        each_round<float, lanes, 1>(weights + start, least(block, n - start), 0.0f,
                                    [&](std::size_t part, V values) __attribute__((always_inline)) {
                                        sums.part[part] += values;
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
    if (!(sum < 0x1p126) || negative < 0) {
        return __builtin_nanf("");
    }
    if (sum < static_cast<double>(smallest)) {
        return 0.0f;
    }
    const V inverse = V{} + static_cast<float>(1 / sum);
    double result = 0;
    for (std::size_t start = 0; start < n; start += block) {
        Lanes<float, lanes> terms;
        each_round<float, lanes, 1>(weights + start, least(block, n - start), 0.0f,
                                    [&](std::size_t part, V values) __attribute__((always_inline)) {
                                        // A share that is not a normal number adds nothing.
                                        const V share = values * inverse;
                                        const V sure = share < smallest ? V{} + 1.0f : share;
                                        terms.part[part] -= sure * log2_of(sure);
                                    });
        result += static_cast<double>(terms.total());
    }
    return static_cast<float>(result < 0 ? 0.0 : result);
}

}  // namespace HYDROPHONE_KERNELS::library
