// Floating-point lanes: a fixed number of them, whatever the instruction set.
//
// Integers may be summed in any order; floating-point numbers may not. A kernel therefore names its
// lanes: number i of the input always goes to lane i modulo the lanes, and lanes are added up by
// halves. So every instruction set rounds the same sums in the same order and gives equal bits,
// as long as the compiler fuses no multiplication with an addition (-ffp-contract=off).
#pragma once

#include "core/isa.hpp"

#if defined(__FAST_MATH__)
#error "these kernels promise equal bits: compile them without -ffast-math"
#endif

namespace HYDROPHONE_KERNELS {

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

// As many numbers as a vector of T has, converted from another type.
template <class T, class From>
HYDROPHONE_INLINE Vector<T> load_as(const From* from) {
    if constexpr (!VECTORS) {
        return static_cast<T>(*from);
    } else {
        typedef typename VectorOf<From, WIDTH_OF<T> * sizeof(From)>::type Given;
        return __builtin_convertvector(load_any<Given>(from), Vector<T>);
    }
}

// The lower and the upper half added, until one number is left.
template <class T>
HYDROPHONE_INLINE T fold(const T* lanes, std::size_t count) {
    T halves[64];
    for (std::size_t i = 0; i < count; ++i) {
        halves[i] = lanes[i];
    }
    while (count /= 2) {
        for (std::size_t i = 0; i < count; ++i) {
            halves[i] += halves[i + count];
        }
    }
    return halves[0];
}

#if !defined(HYDROPHONE_SCALAR)
typedef float f32x4 __attribute__((vector_size(16)));
typedef double f64x2 __attribute__((vector_size(16)));
HYDROPHONE_INLINE float fold(f32x4 v) { return (v[0] + v[2]) + (v[1] + v[3]); }
HYDROPHONE_INLINE double fold(f64x2 v) { return v[0] + v[1]; }
#if defined(__AVX2__)
typedef float f32x8 __attribute__((vector_size(32)));
typedef double f64x4 __attribute__((vector_size(32)));
HYDROPHONE_INLINE float fold(f32x8 v) {
    return fold(__builtin_shufflevector(v, v, 0, 1, 2, 3) +
                __builtin_shufflevector(v, v, 4, 5, 6, 7));
}
HYDROPHONE_INLINE double fold(f64x4 v) {
    return fold(__builtin_shufflevector(v, v, 0, 1) + __builtin_shufflevector(v, v, 2, 3));
}
#endif
#if defined(__AVX512BW__)
typedef float f32x16 __attribute__((vector_size(64)));
typedef double f64x8 __attribute__((vector_size(64)));
HYDROPHONE_INLINE float fold(f32x16 v) {
    return fold(__builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) +
                __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15));
}
HYDROPHONE_INLINE double fold(f64x8 v) {
    return fold(__builtin_shufflevector(v, v, 0, 1, 2, 3) +
                __builtin_shufflevector(v, v, 4, 5, 6, 7));
}
#endif
#endif

// N lanes of T, in as many vectors as they take.
template <class T, std::size_t N>
struct Lanes {
    static constexpr std::size_t COUNT = N;
    static constexpr std::size_t PARTS = N / WIDTH_OF<T>;
    static_assert(N % WIDTH_OF<T> == 0 && N <= 64);
    Vector<T> part[PARTS] = {};

    // The sum of all lanes, by halves.
    HYDROPHONE_INLINE T total() const {
        if constexpr (!VECTORS) {
            return fold(part, N);
        } else {
            Lanes halves = *this;
#pragma GCC unroll 16
            for (std::size_t count = PARTS / 2; count; count /= 2) {
#pragma GCC unroll 16
                for (std::size_t i = 0; i < count; ++i) {
                    halves.part[i] += halves.part[i + count];
                }
            }
            return fold(halves.part[0]);
        }
    }
};

// Calls `step(part, x)` for every vector of T's of every round of N lanes, in order; the last
// round is filled up with `filler`.
template <class T, std::size_t N, class From, class Step>
HYDROPHONE_INLINE void each_round(const From* x, std::size_t n, From filler, Step step) {
    constexpr std::size_t width = WIDTH_OF<T>;
    std::size_t i = 0;
    for (; i + N <= n; i += N) {
#pragma GCC unroll 64
        for (std::size_t part = 0; part < N / width; ++part) {
            step(part, load_as<T>(x + i + part * width));
        }
    }
    if (i < n) {
        alignas(64) From rest[N];
        for (std::size_t lane = 0; lane < N; ++lane) {
            rest[lane] = i + lane < n ? x[i + lane] : filler;
        }
#pragma GCC unroll 64
        for (std::size_t part = 0; part < N / width; ++part) {
            step(part, load_as<T>(rest + part * width));
        }
    }
}

// The same for pairs: `step(part, x, y)`.
template <class T, std::size_t N, class From, class Step>
HYDROPHONE_INLINE void each_round(const From* x, const From* y, std::size_t n, From filler_x,
                                  From filler_y, Step step) {
    constexpr std::size_t width = WIDTH_OF<T>;
    std::size_t i = 0;
    for (; i + N <= n; i += N) {
#pragma GCC unroll 64
        for (std::size_t part = 0; part < N / width; ++part) {
            step(part, load_as<T>(x + i + part * width), load_as<T>(y + i + part * width));
        }
    }
    if (i < n) {
        alignas(64) From rest_x[N], rest_y[N];
        for (std::size_t lane = 0; lane < N; ++lane) {
            rest_x[lane] = i + lane < n ? x[i + lane] : filler_x;
            rest_y[lane] = i + lane < n ? y[i + lane] : filler_y;
        }
#pragma GCC unroll 64
        for (std::size_t part = 0; part < N / width; ++part) {
            step(part, load_as<T>(rest_x + part * width), load_as<T>(rest_y + part * width));
        }
    }
}

}  // namespace HYDROPHONE_KERNELS
