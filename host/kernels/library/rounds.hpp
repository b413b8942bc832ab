// Lanes of partial sums, and the rounds in which a window passes them.
//
// Integers may be summed in any order; floating-point numbers may not. A kernel therefore names its
// lanes: number i of the input always goes to lane i modulo the lanes, and lanes are added up by
// halves. So every instruction set rounds the same sums in the same order and gives equal bits,
// as long as the compiler fuses no multiplication with an addition (-ffp-contract=off).
#pragma once

#include "library/floats.hpp"

namespace HYDROPHONE_KERNELS::library {

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
        const V halves = join(v, __builtin_shufflevector(v, v, 2, 3, 2, 3));
        return join(halves[0], halves[1]);
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

// Of so many sums, as many vectors each as stay in registers: a power of two.
template <std::size_t sums>
inline constexpr std::size_t AT_ONCE =
    std::size_t{1} << (bit_length(((VECTOR_BYTES == 64 ? 32 : 16) - 4) / sums) - 1);

// Calls `step(part, x)` for every vector of T's of every round of N lanes; the last round is filled
// up with `filler`. In each part the rounds come in order; for the sake of registers, of which a
// part takes as many as it has `sums`, some parts may see all rounds before others do.
template <class T, std::size_t N, std::size_t sums, std::size_t first = 0, class Step>
HYDROPHONE_INLINE void each_round(const float* x, std::size_t n, float filler, Step step) {
    constexpr std::size_t width = WIDTH_OF<T>, end = least(N / width, first + AT_ONCE<sums>);
    std::size_t i = 0;
    for (; i + N <= n; i += N) {
#pragma GCC unroll 64
        for (std::size_t part = first; part < end; ++part) {
            step(part, load_as<T>(x + i + part * width));
        }
    }
    if (i < n) {
#pragma GCC unroll 64
        for (std::size_t part = first; part < end; ++part) {
            step(part, load_some<T>(x, i + part * width, n, filler));
        }
    }
    if constexpr (end < N / width) {
        each_round<T, N, sums, end>(x, n, filler, step);
    }
}

// The same for pairs: `step(part, x, y)`.
template <class T, std::size_t N, std::size_t sums, std::size_t first = 0, class Step>
HYDROPHONE_INLINE void each_round(const float* x, const float* y, std::size_t n, float filler_x,
                                  float filler_y, Step step) {
    constexpr std::size_t width = WIDTH_OF<T>, end = least(N / width, first + AT_ONCE<sums>);
    std::size_t i = 0;
    for (; i + N <= n; i += N) {
#pragma GCC unroll 64
        for (std::size_t part = first; part < end; ++part) {
            step(part, load_as<T>(x + i + part * width), load_as<T>(y + i + part * width));
        }
    }
    if (i < n) {
#pragma GCC unroll 64
        for (std::size_t part = first; part < end; ++part) {
            step(part, load_some<T>(x, i + part * width, n, filler_x),
                 load_some<T>(y, i + part * width, n, filler_y));
        }
    }
    if constexpr (end < N / width) {
        each_round<T, N, sums, end>(x, y, n, filler_x, filler_y, step);
    }
}

}  // namespace HYDROPHONE_KERNELS::library
