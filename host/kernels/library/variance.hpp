// Population variance of a window.
#pragma once

#include "library/origin.hpp"

namespace HYDROPHONE_KERNELS::library {

struct Sums {
    double x, xx;
};

// Of deviations from the origin; `shifted` if it is not zero.
template <bool shifted>
HYDROPHONE_INLINE Sums sums_of(const float* x, std::size_t n, float origin) {
    const Vector<double> o = Vector<double>{} + static_cast<double>(origin);
    Lanes<double, 32> sum, squares;
    each_round<double, 32, 2>(
        x, n, origin, [&](std::size_t part, Vector<double> values) __attribute__((always_inline)) {
            const Vector<double> deviation = shifted ? values - o : values;
            sum.part[part] += deviation;
            add_product<!shifted>(squares.part[part], deviation, deviation);
        });
    return {sum.total(), squares.total()};
}

// One pass in float64.
inline float variance(const float* x, std::size_t n) {
    if (n == 0) {
        return __builtin_nanf("");
    }
    const float origin = origin_of(x, n);
    const Sums sums = origin != 0 ? sums_of<true>(x, n, origin) : sums_of<false>(x, n, 0.0f);
    const double share = 1.0 / static_cast<double>(n);
    const double spread = sums.xx - sums.x * sums.x * share;
    return static_cast<float>(spread < 0 ? 0.0 : spread * share);
}

}  // namespace HYDROPHONE_KERNELS::library
