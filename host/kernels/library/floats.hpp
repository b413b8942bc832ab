// Vectors of floating-point numbers, as wide as the instruction set has them: from and to memory,
// from one type to another. See library/rounds.hpp for what is summed with them.
#pragma once

#include "core/isa.hpp"

#if defined(__FAST_MATH__)
#error "these kernels promise equal bits: compile them without -ffast-math"
#endif

namespace HYDROPHONE_KERNELS::library {

#if defined(HYDROPHONE_SCALAR)
inline constexpr std::size_t VECTOR_BYTES = 0;
#elif defined(__AVX512BW__)
inline constexpr std::size_t VECTOR_BYTES = 64;
#elif defined(__AVX2__)
inline constexpr std::size_t VECTOR_BYTES = 32;
#else
inline constexpr std::size_t VECTOR_BYTES = 16;
#endif

// A vector of `bytes`; a single number where there are no vectors.
template <class T, std::size_t bytes>
struct VectorOf {
    typedef T type __attribute__((vector_size(bytes)));
};
template <class T>
struct VectorOf<T, 0> {
    using type = T;
};
template <class T>
using Vector = typename VectorOf<T, VECTOR_BYTES>::type;
// Numbers in it.
template <class T>
inline constexpr std::size_t WIDTH_OF = VECTORS ? VECTOR_BYTES / sizeof(T) : 1;

// One NaN for all: those of a processor, and of what was given, differ in sign and payload.
template <class V>
HYDROPHONE_INLINE V canonical(V x) {
    const V nan = V{} + __builtin_nanf("");
    return x == x ? x : nan;
}

// From and to memory aligned to nothing.
template <class V, class T>
HYDROPHONE_INLINE V load_any(const T* from) {
    V vector;
    __builtin_memcpy(&vector, from, sizeof vector);
    return vector;
}

template <class V, class T>
HYDROPHONE_INLINE void store_any(T* to, V vector) {
    __builtin_memcpy(to, &vector, sizeof vector);
}

// As many floats as a vector has doubles, converted, and back. GCC would make of it several
// narrower conversions.
HYDROPHONE_INLINE Vector<double> load_doubles(const float* from) {
#if defined(HYDROPHONE_SCALAR)
    return static_cast<double>(*from);
#elif defined(__AVX512BW__)
    return _mm512_cvtps_pd(_mm256_loadu_ps(from));
#elif defined(__AVX2__)
    return _mm256_cvtps_pd(_mm_loadu_ps(from));
#elif defined(__SSE4_2__)
    return _mm_cvtps_pd(_mm_castsi128_ps(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from))));
#else
    typedef typename VectorOf<float, VECTOR_BYTES / 2>::type Floats;
    return __builtin_convertvector(load_any<Floats>(from), Vector<double>);
#endif
}

// Floats as the doubles that they are: two vectors, or a number.
template <std::size_t count>
HYDROPHONE_INLINE void widen(Vector<float> floats, Vector<double> (&doubles)[count]) {
#if defined(HYDROPHONE_SCALAR)
    doubles[0] = static_cast<double>(floats);
#elif defined(__AVX512BW__)
    doubles[0] = _mm512_cvtps_pd(_mm512_castps512_ps256(floats));
    doubles[1] = _mm512_cvtps_pd(_mm512_extractf32x8_ps(floats, 1));
#elif defined(__AVX2__)
    doubles[0] = _mm256_cvtps_pd(_mm256_castps256_ps128(floats));
    doubles[1] = _mm256_cvtps_pd(_mm256_extractf128_ps(floats, 1));
#elif defined(__SSE4_2__)
    doubles[0] = _mm_cvtps_pd(floats);
    doubles[1] = _mm_cvtps_pd(_mm_movehl_ps(floats, floats));
#else
    doubles[0] =
        __builtin_convertvector(__builtin_shufflevector(floats, floats, 0, 1), Vector<double>);
    doubles[1] =
        __builtin_convertvector(__builtin_shufflevector(floats, floats, 2, 3), Vector<double>);
#endif
}

HYDROPHONE_INLINE void store_floats(float* to, Vector<double> doubles) {
#if defined(HYDROPHONE_SCALAR)
    *to = static_cast<float>(doubles);
#elif defined(__AVX512BW__)
    _mm256_storeu_ps(to, _mm512_cvtpd_ps(doubles));
#elif defined(__AVX2__)
    _mm_storeu_ps(to, _mm256_cvtpd_ps(doubles));
#elif defined(__SSE4_2__)
    _mm_storel_pi(reinterpret_cast<__m64*>(to), _mm_cvtpd_ps(doubles));
#else
    typedef typename VectorOf<float, VECTOR_BYTES / 2>::type Floats;
    store_any(to, __builtin_convertvector(doubles, Floats));
#endif
}

// As many as a vector of T has.
template <class T>
HYDROPHONE_INLINE Vector<T> load_as(const float* from) {
    if constexpr (sizeof(T) == sizeof(double)) {
        return load_doubles(from);
    } else {
        return load_any<Vector<T>>(from);
    }
}

// As many as a vector of T has, from number `at` of `n`; fillers where there are none. Without
// memory between, for which the sums of a caller would have to leave their registers.
template <class T>
HYDROPHONE_INLINE Vector<T> load_some(const float* x, std::size_t at, std::size_t n, float filler) {
#if !defined(HYDROPHONE_SCALAR) && defined(__AVX2__)
    const int left = static_cast<int>(n - at);
#if defined(__AVX512BW__)
    const u32 mask = _bzhi_u32(~0u, static_cast<u32>(most(left, 0)));
    if constexpr (sizeof(T) == sizeof(double)) {
        return _mm512_cvtps_pd(
            _mm256_mask_loadu_ps(_mm256_set1_ps(filler), static_cast<u8>(mask), x + at));
    } else {
        return _mm512_mask_loadu_ps(_mm512_set1_ps(filler), static_cast<u16>(mask), x + at);
    }
#else
    if constexpr (sizeof(T) == sizeof(double)) {
        const __m128i mask = _mm_cmpgt_epi32(_mm_set1_epi32(left), _mm_setr_epi32(0, 1, 2, 3));
        return _mm256_cvtps_pd(_mm_blendv_ps(_mm_set1_ps(filler), _mm_maskload_ps(x + at, mask),
                                             _mm_castsi128_ps(mask)));
    } else {
        const __m256i mask =
            _mm256_cmpgt_epi32(_mm256_set1_epi32(left), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
        return _mm256_blendv_ps(_mm256_set1_ps(filler), _mm256_maskload_ps(x + at, mask),
                                _mm256_castsi256_ps(mask));
    }
#endif
#else
    if (at + WIDTH_OF<T> <= n) {
        return load_as<T>(x + at);
    }
    if (at >= n) {
        return Vector<T>{} + static_cast<T>(filler);
    }
    float padded[WIDTH_OF<T>];
    for (std::size_t lane = 0; lane < WIDTH_OF<T>; ++lane) {
        padded[lane] = at + lane < n ? x[at + lane] : filler;
    }
    return load_as<T>(padded);
#endif
}

// Integers as wide as a float, as many as V has.
template <class V>
struct BitsOf {
    typedef i32 type __attribute__((vector_size(sizeof(V))));
};
template <>
struct BitsOf<float> {
    using type = i32;
};

// Unsigned integers as wide as a double, likewise.
template <class V>
struct LongBitsOf {
    typedef u64 type __attribute__((vector_size(sizeof(V))));
};
template <>
struct LongBitsOf<double> {
    using type = u64;
};

// Square roots, lane by lane.
template <class V>
HYDROPHONE_INLINE V root_of(V x) {
    if constexpr (sizeof(V) == sizeof(double)) {
        return __builtin_sqrt(x);
    } else {
        for (std::size_t i = 0; i < sizeof(V) / sizeof(x[0]); ++i) {
            x[i] = __builtin_sqrt(x[i]);
        }
        return x;
    }
}

template <class To, class From>
HYDROPHONE_INLINE To bit_cast(From from) {
    static_assert(sizeof(To) == sizeof(From));
    To to;
    __builtin_memcpy(&to, &from, sizeof to);
    return to;
}

template <class V>
HYDROPHONE_INLINE V as_floats(typename BitsOf<V>::type integers) {
    if constexpr (sizeof(V) == sizeof(float)) {
        return static_cast<V>(integers);
    } else {
        return __builtin_convertvector(integers, V);
    }
}

// 1 in each lane where a > b, else 0.
template <class V>
HYDROPHONE_INLINE typename BitsOf<V>::type is_greater(V a, V b) {
    if constexpr (sizeof(V) == sizeof(float)) {
        return a > b;
    } else {
        return -(a > b);
    }
}

// The numbers that lie `back` before those of `newer`, which follow on `older`.
template <int back, class V>
HYDROPHONE_INLINE V shifted(V older, V newer) {
    constexpr int n = sizeof(V) / sizeof(older[0]), i = n - back;
    static_assert(0 < back && back < n);
    if constexpr (n == 8) {
        return __builtin_shufflevector(older, newer, i, i + 1, i + 2, i + 3, i + 4, i + 5, i + 6,
                                       i + 7);
    } else if constexpr (n == 4) {
        return __builtin_shufflevector(older, newer, i, i + 1, i + 2, i + 3);
    } else {
        return __builtin_shufflevector(older, newer, i, i + 1);
    }
}

}  // namespace HYDROPHONE_KERNELS::library
