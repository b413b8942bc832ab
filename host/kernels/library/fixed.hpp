// Windows of fixed-point samples: exact sums, divided once.
#pragma once

#include "dsp/exp2.hpp"
#include "hydrophone_kernels.h"

namespace HYDROPHONE_KERNELS::library {

inline constexpr int FRACTION = HYDROPHONE_FRACTION;
static_assert(FRACTION == model::correlation::MAGNITUDE.fraction);
static_assert(FRACTION == model::entropy::ENTROPY.fraction);
static_assert(FRACTION == model::entropy::TABLE_FRACTION);

// Floor of the quotient with FRACTION fraction bits; of nothing it is 0.
HYDROPHONE_INLINE i64 divided(i64 dividend, i64 divisor) {
    if (divisor == 0) {
        return 0;
    }
    i64 whole = dividend / divisor, rest = dividend % divisor;
    if (rest < 0) {
        rest += divisor;
        --whole;
    }
    return whole * (i64{1} << FRACTION) + (rest << FRACTION) / divisor;
}

// Floor of the square root with FRACTION fraction bits, of integers below 2**48.
HYDROPHONE_INLINE i64 square_root(i64 value) {
    const u64 scaled = static_cast<u64>(value) << (2 * FRACTION);
    // Rounded to float64, a square just below another may come out one too large.
    const u64 root = static_cast<u64>(__builtin_sqrt(static_cast<double>(scaled)));
    return static_cast<i64>(root - (root * root > scaled));
}

struct FixedAverage {
    static constexpr std::size_t INPUTS = 1;
    i64 sum = 0;

    HYDROPHONE_INLINE void take(i64 x, i64, i64 sign) { sum += sign * x; }
    HYDROPHONE_INLINE i64 result(i64 n) const { return divided(sum, n); }
};

struct FixedVariance {
    static constexpr std::size_t INPUTS = 1;
    i64 sum = 0, squares = 0;

    HYDROPHONE_INLINE void take(i64 x, i64, i64 sign) {
        sum += sign * x;
        squares += sign * x * x;
    }
    HYDROPHONE_INLINE i64 result(i64 n) const { return divided(n * squares - sum * sum, n * n); }
};

// As the block `correlation` divides: in the log domain.
struct FixedCorrelation {
    static constexpr std::size_t INPUTS = 2;
    i64 x = 0, y = 0, xx = 0, yy = 0, xy = 0;

    HYDROPHONE_INLINE void take(i64 new_x, i64 new_y, i64 sign) {
        x += sign * new_x;
        y += sign * new_y;
        xx += sign * new_x * new_x;
        yy += sign * new_y * new_y;
        xy += sign * new_x * new_y;
    }
    HYDROPHONE_INLINE i64 result(i64 n) const {
        const i64 covariance = n * xy - x * y;
        const i64 sign = covariance >> 63;
        const i64 size = (covariance ^ sign) - sign;
        const i64 logs =
            log2(static_cast<u64>(n * xx - x * x)) + log2(static_cast<u64>(n * yy - y * y));
        const i64 magnitude =
            exp2<model::correlation::MAGNITUDE>(log2(static_cast<u64>(size)) - (logs >> 1));
        const i64 known = keep(size != 0, least(magnitude, i64{1} << FRACTION));
        return (known ^ sign) - sign;
    }
};

struct FixedDistance {
    static constexpr std::size_t INPUTS = 2;
    i64 squares = 0;

    HYDROPHONE_INLINE void take(i64 x, i64 y, i64 sign) { squares += sign * (x - y) * (x - y); }
    HYDROPHONE_INLINE i64 result(i64) const { return square_root(squares); }
};

template <class Sums>
i64 fixed_window(const i16* x, const i16* y, std::size_t n) {
    Sums sums;
    for (std::size_t i = 0; i < n; ++i) {
        sums.take(x[i], Sums::INPUTS == 2 ? y[i] : 0, 1);
    }
    return sums.result(static_cast<i64>(n));
}

}  // namespace HYDROPHONE_KERNELS::library
