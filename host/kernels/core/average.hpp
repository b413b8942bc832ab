// Exponential averages that begin as plain ones; see hydrophone_model.average.
#pragma once

#include "core/isa.hpp"

namespace HYDROPHONE_KERNELS {

struct ExponentialAverage {
    i64 mean;
    i64 count;

    // Takes in a value; the slowest rate is 2**-memory, the mean has as many more fraction bits.
    HYDROPHONE_INLINE void learn(i64 value, int memory) {
        const int rate = bit_length(static_cast<u64>(count + 1)) - 1;
        mean += ((value << memory) - mean) >> rate;
        count = least(count + 1, (i64{1} << memory) - 1);
    }

    HYDROPHONE_INLINE bool settled(int memory) const { return count == (i64{1} << memory) - 1; }
};

}  // namespace HYDROPHONE_KERNELS
