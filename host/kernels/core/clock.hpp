// A clock cheap enough to read around single events.
#pragma once

#include "core/isa.hpp"

#if defined(__x86_64__)
#include <x86intrin.h>
#else
#include <time.h>
#endif

namespace HYDROPHONE_KERNELS {

// Ticks of the time-stamp counter, or nanoseconds where there is none.
HYDROPHONE_INLINE u64 clock_ticks() {
#if defined(__x86_64__)
    return __rdtsc();
#else
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<u64>(now.tv_sec) * 1000000000u + static_cast<u64>(now.tv_nsec);
#endif
}

}  // namespace HYDROPHONE_KERNELS
