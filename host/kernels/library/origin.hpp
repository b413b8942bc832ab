// Where the deviations of a window are taken from, so that their squares do not cancel.
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
#pragma once

#include "library/rounds.hpp"

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
