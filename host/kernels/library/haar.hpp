// Orthonormal Haar transform of a window.
#pragma once

#include "library/entropy.hpp"

namespace HYDROPHONE_KERNELS {

// What a coefficient over 2**level samples is multiplied with: 2 ** (-level / 2).
HYDROPHONE_INLINE float haar_scale(int level) {
    const float power = bit_cast<float>((127 - level / 2) << 23);
    return level % 2 ? power * 0.707106781f : power;
}

// Sums and scaled differences of `count` neighbouring pairs. Sums may take the place of what they
// are made of.
HYDROPHONE_INLINE void haar_level(const float* from, float* sums, float* details, std::size_t count,
                                  float scale) {
    std::size_t i = 0;
#if defined(__AVX512BW__)
    for (; i + 16 <= count; i += 16) {
        const auto a = load_any<f32x16>(from + 2 * i), b = load_any<f32x16>(from + 2 * i + 16);
        const f32x16 older = __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20,
                                                     22, 24, 26, 28, 30);
        const f32x16 newer = __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21,
                                                     23, 25, 27, 29, 31);
        store_any(details + i, (older - newer) * scale);
        store_any(sums + i, older + newer);
    }
#endif
#if defined(__AVX2__)
    for (; i + 8 <= count; i += 8) {
        const auto a = load_any<f32x8>(from + 2 * i), b = load_any<f32x8>(from + 2 * i + 8);
        const f32x8 older = __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
        const f32x8 newer = __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
        store_any(details + i, (older - newer) * scale);
        store_any(sums + i, older + newer);
    }
#endif
#if !defined(HYDROPHONE_SCALAR)
    for (; i + 4 <= count; i += 4) {
        const auto a = load_any<f32x4>(from + 2 * i), b = load_any<f32x4>(from + 2 * i + 4);
        const f32x4 older = __builtin_shufflevector(a, b, 0, 2, 4, 6);
        const f32x4 newer = __builtin_shufflevector(a, b, 1, 3, 5, 7);
        store_any(details + i, (older - newer) * scale);
        store_any(sums + i, older + newer);
    }
#endif
    for (; i < count; ++i) {
        const float older = from[2 * i], newer = from[2 * i + 1];
        details[i] = (older - newer) * scale;
        sums[i] = older + newer;
    }
}

// The same of integers, which need no scale.
HYDROPHONE_INLINE void haar_level(const i32* from, i32* sums, i32* details, std::size_t count,
                                  i32) {
    for (std::size_t i = 0; i < count; ++i) {
        const i32 older = from[2 * i], newer = from[2 * i + 1];
        details[i] = older - newer;
        sums[i] = older + newer;
    }
}

template <class T>
HYDROPHONE_INLINE T scale_of(int level) {
    if constexpr (static_cast<T>(0.5) == 0) {
        return 1;
    } else {
        return haar_scale(level);
    }
}

// `levels` levels of n samples, a multiple of 2**levels; the coarsest coefficients first, as
// `haar` of fixed-point numbers orders them. Sums are left unscaled until they are coefficients.
template <class Sample, class T>
void haar_transform(const Sample* x, std::size_t n, int levels, T* out) {
    // Samples go through the fine levels in blocks that stay close; the coarse levels take one sum
    // of each block.
    constexpr int fine_levels = 10;
    constexpr std::size_t longest = std::size_t{1} << fine_levels;
    const int fine = least(levels, fine_levels);
    T sums[longest];
    T waiting[64];
    for (std::size_t start = 0; start < n; start += longest) {
        std::size_t count = least(longest, n - start);
        const T* from = sums;
        if constexpr (sizeof(Sample) == sizeof(T)) {
            from = x + start;
        } else {
            for (std::size_t i = 0; i < count; ++i) {
                sums[i] = static_cast<T>(x[start + i]);
            }
        }
        for (int level = 1; level <= fine; ++level) {
            count /= 2;
            haar_level(from, sums, out + (n >> level) + (start >> level), count,
                       scale_of<T>(level));
            from = sums;
        }
        if (levels == fine) {
            for (std::size_t i = 0; i < count; ++i) {
                out[(start >> fine) + i] = from[i] * scale_of<T>(fine);
            }
            continue;
        }
        // Every second sum of a level meets the one that waits for it.
        T newer = sums[0];
        std::size_t place = start >> fine;
        int level = fine;
        for (; level < levels && place % 2; place /= 2) {
            const T older = waiting[level++];
            out[(n >> level) + place / 2] = (older - newer) * scale_of<T>(level);
            newer = older + newer;
        }
        if (level == levels) {
            out[place] = newer * scale_of<T>(levels);
        } else {
            waiting[level] = newer;
        }
    }
}

}  // namespace HYDROPHONE_KERNELS
