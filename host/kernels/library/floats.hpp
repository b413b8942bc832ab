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
#if defined(__SSE4_2__)
    } else if constexpr (WIDTH_OF<T> == 2 && sizeof(From) == sizeof(float)) {
        // GCC would convert them one by one.
        return _mm_cvtps_pd(_mm_castpd_ps(_mm_load_sd(reinterpret_cast<const double*>(from))));
#endif
    } else {
        typedef typename VectorOf<From, WIDTH_OF<T> * sizeof(From)>::type Given;
        return __builtin_convertvector(load_any<Given>(from), Vector<T>);
    }
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

// The numbers of a vector, converted to another type, to memory aligned to nothing.
template <class To, class V>
HYDROPHONE_INLINE void store_as(To* to, V vector) {
    if constexpr (!VECTORS) {
        *to = static_cast<To>(vector);
#if defined(__SSE4_2__)
    } else if constexpr (WIDTH_OF<double> == 2 && sizeof(To) == sizeof(float)) {
        _mm_storel_pi(reinterpret_cast<__m64*>(to), _mm_cvtpd_ps(vector));
#endif
    } else {
        constexpr std::size_t count = sizeof(V) / sizeof(vector[0]);
        store_any(to,
                  __builtin_convertvector(vector, typename VectorOf<To, count * sizeof(To)>::type));
    }
}

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

#if !defined(HYDROPHONE_SCALAR)
// The lower or the upper half of a vector of more than 16 bytes.
template <bool upper, class V>
HYDROPHONE_INLINE auto half_of(V v) {
    constexpr int n = static_cast<int>(sizeof(V) / sizeof(v[0])) / 2, i = upper ? n : 0;
    if constexpr (n == 8) {
        return __builtin_shufflevector(v, v, i, i + 1, i + 2, i + 3, i + 4, i + 5, i + 6, i + 7);
    } else if constexpr (n == 4) {
        return __builtin_shufflevector(v, v, i, i + 1, i + 2, i + 3);
    } else {
        return __builtin_shufflevector(v, v, i, i + 1);
    }
}

// The lower half and the upper half joined by `join`, lane by lane, until one number is left.
template <class V, class Join>
HYDROPHONE_INLINE auto fold(V v, Join join) {
    if constexpr (sizeof(V) > 16) {
        return fold(join(half_of<false>(v), half_of<true>(v)), join);
    } else if constexpr (sizeof(v[0]) == 8) {
        return join(v[0], v[1]);
    } else {
        return join(join(v[0], v[2]), join(v[1], v[3]));
    }
}
#else
template <class T, class Join>
HYDROPHONE_INLINE T fold(T v, Join) {
    return v;
}
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
        Lanes halves = *this;
#pragma GCC unroll 16
        for (std::size_t count = PARTS / 2; count; count /= 2) {
#pragma GCC unroll 16
            for (std::size_t i = 0; i < count; ++i) {
                halves.part[i] += halves.part[i + count];
            }
        }
        return fold(halves.part[0], [](auto a, auto b) { return a + b; });
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

}  // namespace HYDROPHONE_KERNELS::library
