// Instruction set: its namespace, and the vector operations that differ between sets.
//
// Everything that is compiled once per instruction set lives in the namespace HYDROPHONE_KERNELS,
// so that the linker can never merge two compilations of one function. For the same reason nothing
// here may instantiate a template of the standard library.
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__SSE4_2__)
#include <immintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#elif defined(__wasm_simd128__)
#include <wasm_simd128.h>
#endif

#include "hydrophone_model.h"

#define HYDROPHONE_KERNELS hydrophone::HYDROPHONE_ISA

namespace HYDROPHONE_KERNELS {

using i8 = std::int8_t;
using i16 = std::int16_t;
using i32 = std::int32_t;
using i64 = std::int64_t;
using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;

#define HYDROPHONE_INLINE [[gnu::always_inline]] inline

// The scalar reference has no vectors, not even the ones its processor always has.
#if defined(HYDROPHONE_SCALAR)
inline constexpr bool VECTORS = false;
#else
inline constexpr bool VECTORS = true;
#endif

template <class T>
HYDROPHONE_INLINE constexpr T least(T a, T b) {
    return b < a ? b : a;
}

template <class T>
HYDROPHONE_INLINE constexpr T most(T a, T b) {
    return a < b ? b : a;
}

template <class T>
HYDROPHONE_INLINE constexpr T clamp(T value, T low, T high) {
    return least(most(value, low), high);
}

// The value where the condition holds, else zero; never a branch, for the data decide it.
HYDROPHONE_INLINE constexpr i64 keep(bool condition, i64 value) {
    return -static_cast<i64>(condition) & value;
}

// The value, or its negative where `sign` is all ones.
HYDROPHONE_INLINE constexpr i64 signed_by(i64 sign, i64 value) { return (value ^ sign) - sign; }

HYDROPHONE_INLINE constexpr i64 magnitude(i64 value) { return signed_by(value >> 63, value); }

// A raw integer saturated to a format.
HYDROPHONE_INLINE constexpr i64 saturate(i64 raw, const Fixed& format) {
    return clamp(raw, format.min, format.max);
}

// Number of bits of a value; zero has none.
HYDROPHONE_INLINE constexpr int bit_length(u64 value) {
    return value ? 64 - __builtin_clzll(value) : 0;
}

// log2 of a power of two.
HYDROPHONE_INLINE constexpr int exact_log2(i64 value) {
    return __builtin_ctzll(static_cast<u64>(value));
}

#if !defined(HYDROPHONE_SCALAR)

typedef i8 i8x16 __attribute__((vector_size(16)));
typedef i16 i16x8 __attribute__((vector_size(16)));
typedef i32 i32x4 __attribute__((vector_size(16)));
#if defined(__AVX2__)
typedef i32 i32x8 __attribute__((vector_size(32)));
typedef i32x8 i32xn;
typedef i64 i64x4 __attribute__((vector_size(32)));
typedef u64 u64x4 __attribute__((vector_size(32)));
#else
typedef i32x4 i32xn;
#endif
// Lanes of the widest vector that blocks use for 32-bit integers.
inline constexpr std::size_t WIDTH = sizeof(i32xn) / sizeof(i32);

// Sums of products of neighbouring lanes.
HYDROPHONE_INLINE i32x4 multiply_pairs(i16x8 a, i16x8 b) {
#if defined(__SSE4_2__)
    return reinterpret_cast<i32x4>(
        _mm_madd_epi16(reinterpret_cast<__m128i>(a), reinterpret_cast<__m128i>(b)));
#elif defined(__wasm_simd128__)
    return (i32x4)wasm_i32x4_dot_i16x8((v128_t)a, (v128_t)b);
#else
    const int32x4_t low = vmull_s16(vget_low_s16((int16x8_t)a), vget_low_s16((int16x8_t)b));
    const int32x4_t high = vmull_high_s16((int16x8_t)a, (int16x8_t)b);
    return (i32x4)vpaddq_s32(low, high);
#endif
}

#if defined(__AVX2__)
HYDROPHONE_INLINE i32x8 multiply_pairs(i32x8 a, i32x8 b) {
    return reinterpret_cast<i32x8>(
        _mm256_madd_epi16(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(b)));
}

HYDROPHONE_INLINE unsigned greater_mask(i32x8 a, i32x8 b) {
    return static_cast<unsigned>(_mm256_movemask_ps(reinterpret_cast<__m256>(a > b)));
}
#endif

// One bit a lane: whether a > b, lane 0 lowest.
HYDROPHONE_INLINE unsigned greater_mask(i32x4 a, i32x4 b) {
    const i32x4 greater = a > b;
#if defined(__SSE4_2__)
    return static_cast<unsigned>(_mm_movemask_ps(reinterpret_cast<__m128>(greater)));
#elif defined(__wasm_simd128__)
    return wasm_i32x4_bitmask((v128_t)greater);
#else
    const i32x4 bits = {1, 2, 4, 8};
    return static_cast<unsigned>(vaddvq_s32((int32x4_t)(greater & bits)));
#endif
}

#if defined(__AVX2__)
// One bit a lane: whether it is negative.
HYDROPHONE_INLINE unsigned negative_mask(i64x4 a) {
    return static_cast<unsigned>(_mm256_movemask_pd(reinterpret_cast<__m256d>(a)));
}
#endif

HYDROPHONE_INLINE i32x4 multiply_pairs(i32x4 a, i32x4 b) {
    return multiply_pairs(reinterpret_cast<i16x8>(a), reinterpret_cast<i16x8>(b));
}

// A vector from memory aligned to its size, which may hold integers of another width.
template <class Vector>
HYDROPHONE_INLINE Vector load(const void* from) {
    typedef Vector Anything __attribute__((may_alias));
    return *static_cast<const Anything*>(from);
}

template <class Vector>
HYDROPHONE_INLINE void store(void* to, Vector vector) {
    typedef Vector Anything __attribute__((may_alias));
    *static_cast<Anything*>(to) = vector;
}

#endif

}  // namespace HYDROPHONE_KERNELS
