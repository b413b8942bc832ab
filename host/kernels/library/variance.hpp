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

// A call, so that windows that need no second pass do not prepare for it.
[[gnu::noinline]] inline Sums sums_about(const float* x, std::size_t n, float origin) {
    return sums_of<true>(x, n, origin);
}

// One pass in float64, or two.
inline float variance(const float* x, std::size_t n) {
    if (n == 0) {
        return __builtin_nanf("");
    }
    const float origin = origin_of(x, n);
    const double share = 1.0 / static_cast<double>(n);
    const auto spread_of = [&](const Sums& sums) { return sums.xx - sums.x * sums.x * share; };
    const Sums sums = origin != 0 ? sums_of<true>(x, n, origin) : sums_of<false>(x, n, 0.0f);
    double spread = spread_of(sums);
    if (cancels(spread, sums.xx, n)) [[unlikely]] {
        const double mean = static_cast<double>(origin) + sums.x * share;
        spread = spread_of(sums_about(x, n, static_cast<float>(mean)));
    }
    return canonical(static_cast<float>(spread < 0 ? 0.0 : spread * share));
}

}  // namespace HYDROPHONE_KERNELS::library
