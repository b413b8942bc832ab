// Rows of sixteen numbers: vectors of the fusion in float32.
#pragma once

#include "hydrophone_kernels.h"
#include "library/rounds.hpp"

namespace HYDROPHONE_KERNELS::library {

inline constexpr std::size_t MAX_SYSTEMS = HYDROPHONE_MAX_SYSTEMS;
inline constexpr std::size_t MAX_CANDIDATES = HYDROPHONE_MAX_CANDIDATES;

// Sixteen numbers: of candidates, or of systems.
using Row = Lanes<float, 16>;
inline constexpr std::size_t ROW = Row::COUNT;

template <class Compute>
HYDROPHONE_INLINE Row row_of(Compute compute) {
    Row row;
#pragma GCC unroll 16
    for (std::size_t part = 0; part < Row::PARTS; ++part) {
        row.part[part] = compute(part);
    }
    return row;
}

HYDROPHONE_INLINE Row row_at(const float* from) {
    return row_of(
        [&](std::size_t part) { return load_any<Vector<float>>(from + part * WIDTH_OF<float>); });
}

HYDROPHONE_INLINE void put_row(float* to, const Row& row) {
#pragma GCC unroll 16
    for (std::size_t part = 0; part < Row::PARTS; ++part) {
        store_any(to + part * WIDTH_OF<float>, row.part[part]);
    }
}

// Numbers of the candidates that take part, side by side, filled up to whole rows.
struct Candidates {
    alignas(64) float value[MAX_CANDIDATES];

    HYDROPHONE_INLINE float& operator[](std::size_t i) { return value[i]; }
    HYDROPHONE_INLINE float operator[](std::size_t i) const { return value[i]; }
};

// A power of two, by which weights far from 1 lie where neither their sum nor the reciprocals of
// any from 2**-15 on leave float32. It changes no share in the sum.
HYDROPHONE_INLINE float scale_of_weights(float sum) {
    return sum > 0x1p60f ? 0x1p-72f : sum < 0x1p-60f ? 0x1p72f : 1.0f;
}

}  // namespace HYDROPHONE_KERNELS::library
