// Decision record: where the fields of a decision are written.
#pragma once

#include "core/isa.hpp"
#include "core/kernels.hpp"

namespace HYDROPHONE_KERNELS {

// The numbers' types hold what the model's formats do.
using RawScore = i16;
using RawOutcome = i16;
static_assert(model::formats::SCORE.width == 16 && model::performance::OUTCOME.width == 16);
static_assert(model::normal::NORMAL.width <= 16 && model::diversity::DIVERSITY.width <= 16);
static_assert(model::performance::PERFORMANCE.width <= 32);

inline constexpr std::size_t MAX_SYSTEMS = params::FUSION_SYSTEMS_MAX;
inline constexpr std::size_t MAX_CANDIDATES = params::FUSION_CANDIDATES_MAX;
static_assert(MAX_SYSTEMS == 16 && MAX_CANDIDATES == 64);
// Combinations of scores, and of ranks.
inline constexpr std::size_t SIDE = model::combine::SIDE;

// One record, field by field.
class Decision {
  public:
    HYDROPHONE_INLINE Decision(std::byte* record, const DecisionLayout& layout)
        : record_(record), layout_(layout) {}

#define X(field, Type) \
    HYDROPHONE_INLINE Type* field() const { return at<Type>(layout_.field); }
    HYDROPHONE_DECISION(X)
#undef X

  private:
    template <class T>
    HYDROPHONE_INLINE T* at(std::size_t offset) const {
        return reinterpret_cast<T*>(record_ + offset);
    }

    std::byte* record_;
    const DecisionLayout& layout_;
};

// The flags of up to 64 candidates as a set: whatever is not 0 is set.
HYDROPHONE_INLINE u64 set_of(const u8* flags, std::size_t candidates) {
    u64 set = 0;
    std::size_t i = 0;
    for (; i + 8 <= candidates; i += 8) {
        u64 eight;
        __builtin_memcpy(&eight, flags + i, sizeof eight);
        // Flags as 0 or 1: the product brings all eight into the upper byte.
        constexpr u64 low = 0x7F7F7F7F7F7F7F7F;
        eight = (((eight & low) + low) | eight) >> 7 & ~(low << 1);
        set |= (eight * 0x0102040810204080) >> 56 << i;
    }
    for (; i < candidates; ++i) {
        set |= u64{flags[i] != 0} << i;
    }
    return set;
}

}  // namespace HYDROPHONE_KERNELS
