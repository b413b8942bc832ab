// Orthonormal Haar transform of a window.
//
// A coefficient of level L is the scaled sum of 2**L samples, some of them negated. With u =
// 2**-24, its L roundings of partial sums lose at most ((1 + u)**L - 1) of the sum of magnitudes,
// the scale of odd levels is off by less than 0.29 u, the product by u: together less than (L + 2)
// u of the scaled sum of magnitudes.
#pragma once

#include "library/floats.hpp"

namespace HYDROPHONE_KERNELS::library {

// What a coefficient over 2**level samples is multiplied with: 2 ** (-level / 2).
HYDROPHONE_INLINE float haar_scale(int level) {
    const float power = bit_cast<float>((127 - level / 2) << 23);
    return level % 2 ? power * 0.707106781f : power;
}

#if !defined(HYDROPHONE_SCALAR)
// The even or the odd lanes of two vectors one after the other.
template <bool odd, class V>
HYDROPHONE_INLINE V every_second(V a, V b) {
    constexpr int i = odd;
    if constexpr (sizeof(V) == 64) {
        return __builtin_shufflevector(a, b, i, i + 2, i + 4, i + 6, i + 8, i + 10, i + 12, i + 14,
                                       i + 16, i + 18, i + 20, i + 22, i + 24, i + 26, i + 28,
                                       i + 30);
    } else if constexpr (sizeof(V) == 32) {
        return __builtin_shufflevector(a, b, i, i + 2, i + 4, i + 6, i + 8, i + 10, i + 12, i + 14);
    } else {
        return __builtin_shufflevector(a, b, i, i + 2, i + 4, i + 6);
    }
}

#endif

// Integers need no scale.
template <class V>
HYDROPHONE_INLINE V scaled(V value, float scale) {
    return value * scale;
}
template <class V>
HYDROPHONE_INLINE V scaled(V value, i32) {
    return value;
}

#if !defined(HYDROPHONE_SCALAR)
// Sums and scaled differences of `count` neighbouring pairs, as many vectors of so many bytes as
// there are from pair i on.
template <std::size_t bytes, class T>
HYDROPHONE_INLINE void haar_vectors(const T* from, T* sums, T* details, std::size_t& i,
                                    std::size_t count, T scale) {
    using V = typename VectorOf<T, bytes>::type;
    constexpr std::size_t width = bytes / sizeof(T);
    for (; i + width <= count; i += width) {
        const V a = load_any<V>(from + 2 * i), b = load_any<V>(from + 2 * i + width);
        const V older = every_second<false>(a, b), newer = every_second<true>(a, b);
        store_any(details + i, scaled(older - newer, scale));
        store_any(sums + i, older + newer);
    }
}
#endif

// Of all `count` pairs. Sums may take the place of what they are made of.
template <class T>
HYDROPHONE_INLINE void haar_level(const T* from, T* sums, T* details, std::size_t count, T scale) {
    std::size_t i = 0;
#if defined(__AVX512BW__)
    haar_vectors<64>(from, sums, details, i, count, scale);
#endif
#if defined(__AVX2__)
    haar_vectors<32>(from, sums, details, i, count, scale);
#endif
#if !defined(HYDROPHONE_SCALAR)
    haar_vectors<16>(from, sums, details, i, count, scale);
#endif
    for (; i < count; ++i) {
        const T older = from[2 * i], newer = from[2 * i + 1];
        details[i] = scaled(older - newer, scale);
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

// Every NaN of n coefficients becomes the same one. A NaN comes of a sample that is none or is
// infinite, and no sum over that is finite: as a rule the `count` sums tell that there is none.
HYDROPHONE_INLINE void make_canonical(float* out, std::size_t n, std::size_t count) {
    constexpr i32 infinite = 0x7F800000;
    i32 unusual = 0;
    for (std::size_t i = 0; i < count; ++i) {
        unusual |= (bit_cast<i32>(out[i]) & infinite) == infinite;
    }
    for (std::size_t i = 0; unusual && i < n; ++i) {
        out[i] = canonical(out[i]);
    }
}
HYDROPHONE_INLINE void make_canonical(i32*, std::size_t, std::size_t) {}

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
    make_canonical(out, n, n >> levels);
}

}  // namespace HYDROPHONE_KERNELS::library
