// Quotients as scores, in the log domain; see hydrophone_model.signals.quotient.
#pragma once

#include "dsp/exp2.hpp"

namespace HYDROPHONE_KERNELS {

// above / below, or above / sqrt(below) where `root` is one, times 2 ** (halves / 2).
[[gnu::noinline]] inline void quotient(const Column& above, const Column& below, unsigned root,
                                       i64 halves, Column& score, std::size_t count) {
    Column size, divisor;
    for (std::size_t i = 0; i < count; ++i) {
        size[i] = magnitude(above[i]);
    }
    log2(size, size, count);
    log2(below, divisor, count);
    const i64 unit = halves << (model::log2::FRACTION - 1);
    for (std::size_t i = 0; i < count; ++i) {
        divisor[i] = size[i] - (divisor[i] >> root) + unit;
    }
    exp2<model::quotient::MAGNITUDE>(divisor, size, count);
    for (std::size_t i = 0; i < count; ++i) {
        score[i] = keep(above[i] != 0, signed_by(above[i] >> 63, size[i]));
    }
}

HYDROPHONE_INLINE void over(const Column& above, const Column& below, i64 octaves, Column& score,
                            std::size_t count) {
    quotient(above, below, 0, 2 * octaves, score, count);
}

HYDROPHONE_INLINE void over_root(const Column& above, const Column& square, i64 halves,
                                 Column& score, std::size_t count) {
    quotient(above, square, 1, halves, score, count);
}

// A score that is missing unless it is known.
HYDROPHONE_INLINE i64 if_known(bool known, i64 score) {
    return known ? score : model::formats::MISSING;
}

HYDROPHONE_INLINE void if_known(const Column& known, Column& score, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        score[i] = if_known(known[i] != 0, score[i]);
    }
}

}  // namespace HYDROPHONE_KERNELS
