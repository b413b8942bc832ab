// Origin of a window: what its deviations are taken from, so that their squares do not cancel.
//
// About zero, samples of float32 have exact squares in float64, which may be fused with their sum
// and keep their bits; but far from zero such sums cancel. So the origin is zero only where a
// sample lies more than a quarter of the first from the first: the squares about the mean are at
// least half the square of the largest distance from the first, those about zero at most 50 n times
// as many. Otherwise it is the first sample, which belongs to the window: the square of its own
// deviation is at most n times the variance, and the squares about it at most n + 1 times those
// about the mean.
//
// Only a few samples are looked at: an outlier among them may put the origin at zero, or at itself,
// far from all the others. The sums tell: where too little is left of the squares, they are summed
// once more about the mean, rounded to float32. No sample lies closer to the mean than that, so
// half of those squares at least are left.
//
// A long window is first summed in float32, about the mean of 128 of its samples from eight places,
// or about zero where that is small, so that little is to be taken from the squares. With u =
// 2**-24, Q the squares about the origin, V those about the mean, and S the sum of deviations, that
// little is S**2 / n = Q - V, of which no more than Q / 9 is put up with. Rounding the deviations
// moves a column by at most u sqrt(Q), and V by 2 u sqrt(Q V). A product loses u, a sum k u of
// magnitudes: the squares (1 + k) u Q; the deviations k u sqrt(n Q), by which S**2 / n moves by 2 k
// u |S| sqrt(Q / n), at most 2/3 k u Q. Products too small for float32 lose 2**-150 each: together
// u V, if V is at least n 2**-126. All this is at most (2.2 + (1 + k + 2/3 k) 9/8 + 1) u V.
#pragma once

#include "library/trees.hpp"

namespace HYDROPHONE_KERNELS::library {

// Of at least one sample. A few are looked at: it is no less right to take the first.
HYDROPHONE_INLINE float origin_of(const float* x, std::size_t n) {
    const float first = x[0], close = 0.25f * __builtin_fabsf(first);
    const auto is_close = [&](std::size_t i) { return __builtin_fabsf(x[i] - first) <= close; };
    return is_close(n / 2) && is_close(n / 4) && is_close(n - 1) ? first : 0.0f;
}

// Whether so little is left of the squares about an origin that roundings of their sums, 2**-53 for
// each number of a lane, and of at least 16 lanes, could show in a float32. In short windows, of
// whose squares 1 / (50 n) is left by what was said above, they cannot.
HYDROPHONE_INLINE bool cancels(double left, double squares, std::size_t n) {
    return n > 4096 && left < squares * (static_cast<double>(n) * 0x1p-30);
}

// Magnitudes, lane by lane.
HYDROPHONE_INLINE Vector<float> magnitude_of(Vector<float> x) {
    using Bits = typename BitsOf<Vector<float>>::type;
    return bit_cast<Vector<float>>(bit_cast<Bits>(x) & 0x7FFFFFFF);
}

// As many samples as pay for the choice of an origin of their own; at least 128.
inline constexpr std::size_t LONG = 512;

// The mean of 128 samples of a long window, of eight places, any rounding of which is as right;
// zero where that is less than a quarter of the magnitudes of one place.
HYDROPHONE_INLINE float middle_of(const float* x, std::size_t n) {
    const std::size_t stride = n / 8;
    const float* const from = x + (stride - TREE_LANES) / 2;
    Lanes<float, TREE_LANES> sum, size;
    for (std::size_t part = 0; part < TREE_PARTS; ++part) {
        const auto load = [&](std::size_t place) __attribute__((always_inline)) {
            return load_any<Vector<float>>(from + place * stride + part * WIDTH_OF<float>);
        };
        sum.part[part] = tree_sum<8>(load);
        size.part[part] = magnitude_of(load(4));
    }
    const float total = sum.total();
    return __builtin_fabsf(total) <= 2 * size.total() ? 0.0f : total * (1.0f / 128);
}

// Whether sums in float32 keep what is said above: `left` of the squares are those about the mean.
// Not if they, or what they are sums of, had no room in float32, or were not finite.
HYDROPHONE_INLINE bool is_sound(double left, double squares, std::size_t n) {
    return left * 9 >= squares * 8 && left >= static_cast<double>(n) * 0x1p-126 && left - left == 0;
}

// Adds a * b to the sum; `exact` if they were float32, and so their product is exact.
template <bool exact>
HYDROPHONE_INLINE void add_product(Vector<double>& sum, Vector<double> a, Vector<double> b) {
#if !defined(HYDROPHONE_SCALAR) && defined(__AVX2__)
    if constexpr (exact) {
#if defined(__AVX512BW__)
        sum = _mm512_fmadd_pd(a, b, sum);
#else
        sum = _mm256_fmadd_pd(a, b, sum);
#endif
        return;
    }
#endif
    sum += a * b;
}

}  // namespace HYDROPHONE_KERNELS::library
