// Performance of systems, learned from outcomes; see hydrophone_model.fusion.performance.
#pragma once

#include "core/state_archive.hpp"
#include "fusion/ranks.hpp"

namespace HYDROPHONE_KERNELS {

struct Coefficient {
    static constexpr i32 ONE = static_cast<i32>(model::performance::COEFFICIENT.max + 1) / 2;
    // Fraction bits of a performance beyond those of a coefficient.
    static constexpr int FINER =
        model::performance::PERFORMANCE.fraction - model::performance::COEFFICIENT.fraction;
};

// Who was present in the remembered decision, a flag each.
inline void present_state(u64& present, std::size_t candidates, StateArchive& archive) {
    archive.values(
        candidates, [&](std::size_t i) { return i64{holds(present, i)}; },
        [&](std::size_t i, i64 flag) {
            present = (present & ~(u64{1} << i)) | static_cast<u64>(flag) << i;
        });
}

// Whether outcomes tell anything of the candidates, by the half ranks of those.
inline bool is_informative(const i64* truth, u64 present, std::size_t candidates) {
    const i64 mean = __builtin_popcountll(present) + 1;
    for (std::size_t i = 0; i < candidates; ++i) {
        if (holds(present, i) && truth[i] != mean) {
            return true;
        }
    }
    return false;
}

// A system's performance after it has ranked `count` candidates by `half` whose outcomes rank them
// by `truth`.
inline i64 learn(i64 performance, const i64* half, const i64* truth, std::size_t candidates,
                 i64 count, int rate) {
    i64 squares = 0;
    for (std::size_t i = 0; i < candidates; ++i) {
        squares += (half[i] - truth[i]) * (half[i] - truth[i]);
    }
    const i64 loss =
        (squares * model::performance::LOSS[count]) >> model::performance::LOSS_FRACTION;
    const i64 gained = Coefficient::ONE - least<i64>(loss, 2 * Coefficient::ONE);
    return performance + (((gained << Coefficient::FINER) - performance) >> rate);
}

#if !defined(HYDROPHONE_SCALAR)

// The coefficients of systems, four to a block, as performances. `squares` are sums of squared
// differences of half ranks, `loss` the model's table at the number of candidates.
template <std::size_t blocks, class Ints = typename Lanes<blocks>::Ints>
HYDROPHONE_INLINE Ints coefficients(Ints squares, Ints loss) {
    using Unsigned = typename Lanes<blocks>::UnsignedInts;
    // Twice one at most, and what the table's rounding adds: 32 bits hold it.
    const Unsigned product = reinterpret_cast<Unsigned>(squares) * reinterpret_cast<Unsigned>(loss);
    const Ints lost = reinterpret_cast<Ints>(product >> model::performance::LOSS_FRACTION);
    const Ints most = Ints{} + 2 * Coefficient::ONE;
    return (Coefficient::ONE - (lost < most ? lost : most)) << Coefficient::FINER;
}

#endif

}  // namespace HYDROPHONE_KERNELS
