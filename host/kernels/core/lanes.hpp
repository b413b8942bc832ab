// Vectors made of blocks of 128 bits, for any number of blocks: what differs between instruction
// sets once more, for kernels that do several things at once, one to a block.
//
// Whatever moves lanes moves them within their block, in every block alike.
#pragma once

#include <utility>

#include "core/isa.hpp"

#if !defined(HYDROPHONE_SCALAR)

namespace HYDROPHONE_KERNELS {

#if defined(__AVX512BW__)
inline constexpr std::size_t MOST_BLOCKS = 4;
#elif defined(__AVX2__)
inline constexpr std::size_t MOST_BLOCKS = 2;
#else
inline constexpr std::size_t MOST_BLOCKS = 1;
#endif

// One block.
typedef i32x4 Quad;

// The types of vectors of so many blocks.
template <std::size_t blocks>
struct Vectors;
#define HYDROPHONE_VECTORS(blocks)                                             \
    template <>                                                                \
    struct Vectors<blocks> {                                                   \
        typedef i8 Bytes __attribute__((vector_size(16 * (blocks))));          \
        typedef i16 Words __attribute__((vector_size(16 * (blocks))));         \
        typedef u16 UnsignedWords __attribute__((vector_size(16 * (blocks)))); \
        typedef i32 Ints __attribute__((vector_size(16 * (blocks))));          \
        typedef u32 UnsignedInts __attribute__((vector_size(16 * (blocks))));  \
        typedef i64 Longs __attribute__((vector_size(16 * (blocks))));         \
        typedef u64 UnsignedLongs __attribute__((vector_size(16 * (blocks)))); \
        typedef float Floats __attribute__((vector_size(16 * (blocks))));      \
    };
HYDROPHONE_VECTORS(1)
HYDROPHONE_VECTORS(2)
HYDROPHONE_VECTORS(4)
#undef HYDROPHONE_VECTORS

template <std::size_t blocks>
struct Lanes : Vectors<blocks> {
    static_assert(blocks <= MOST_BLOCKS);
    using typename Vectors<blocks>::Bytes;
    using typename Vectors<blocks>::Words;
    using typename Vectors<blocks>::UnsignedWords;
    using typename Vectors<blocks>::Ints;
    using typename Vectors<blocks>::UnsignedInts;
    using typename Vectors<blocks>::Longs;
    using typename Vectors<blocks>::UnsignedLongs;
    using typename Vectors<blocks>::Floats;

    // Lanes of a block, by the size of their type.
    template <class Vector>
    static constexpr std::size_t lanes() {
        return 16 / sizeof(Vector{}[0]);
    }

    // -- moving lanes -------------------------------------------------------------------------

    // Lane i of every block is lane `from(i)` of the same blocks of a and b, which count on.
    template <class From, class Vector>
    HYDROPHONE_INLINE static Vector shuffle(Vector a, Vector b) {
        return shuffle<From>(a, b, std::make_index_sequence<blocks * lanes<Vector>()>{});
    }

    // Lanes of the blocks' lower, or upper, halves in turn.
    template <class Vector>
    HYDROPHONE_INLINE static Vector interleave_low(Vector a, Vector b) {
        return shuffle<Interleaved<lanes<Vector>(), 0>>(a, b);
    }
    template <class Vector>
    HYDROPHONE_INLINE static Vector interleave_high(Vector a, Vector b) {
        return shuffle<Interleaved<lanes<Vector>(), lanes<Vector>() / 2>>(a, b);
    }

    // Lane i of every block is its lane i + `by`, going round.
    template <std::size_t by, class Vector>
    HYDROPHONE_INLINE static Vector rotate(Vector a) {
        return shuffle<Rotated<lanes<Vector>(), by>>(a, a);
    }

    // All lanes of every block are its lane `which`.
    template <std::size_t which, class Vector>
    HYDROPHONE_INLINE static Vector spread(Vector a) {
        return shuffle<Spread<which>>(a, a);
    }

    // Rows to columns: lane i of every block of vector k becomes lane k of vector i.
    HYDROPHONE_INLINE static void transpose(Ints (&rows)[4]) {
        const Ints a = interleave_low(rows[0], rows[2]), b = interleave_low(rows[1], rows[3]);
        const Ints c = interleave_high(rows[0], rows[2]), d = interleave_high(rows[1], rows[3]);
        rows[0] = interleave_low(a, b), rows[1] = interleave_high(a, b);
        rows[2] = interleave_low(c, d), rows[3] = interleave_high(c, d);
    }
    HYDROPHONE_INLINE static void transpose(Words (&rows)[8]) {
        for (int round = 0; round < 3; ++round) {
            Words next[8];
            for (std::size_t i = 0; i < 4; ++i) {
                next[2 * i] = interleave_low(rows[i], rows[i + 4]);
                next[2 * i + 1] = interleave_high(rows[i], rows[i + 4]);
            }
            for (std::size_t i = 0; i < 8; ++i) {
                rows[i] = next[i];
            }
        }
    }

    // -- blocks -------------------------------------------------------------------------------

    // A vector of the blocks that `block(i)` gives.
    template <class Vector, class Block>
    HYDROPHONE_INLINE static Vector gather(const Block& block) {
        if constexpr (blocks == 1) {
            return reinterpret_cast<Vector>(block(0));
        } else if constexpr (blocks == 2) {
            return reinterpret_cast<Vector>(join(block(0), block(1)));
        } else {
            return reinterpret_cast<Vector>(
                join(join(block(0), block(1)), join(block(2), block(3))));
        }
    }

    template <std::size_t which, class Vector>
    HYDROPHONE_INLINE static Quad block(Vector a) {
        const Ints ints = reinterpret_cast<Ints>(a);
        constexpr int at = 4 * which;
        return __builtin_shufflevector(ints, ints, at, at + 1, at + 2, at + 3);
    }

    // Calls `visit(number, block)` for every block.
    template <class Vector, class Visit>
    HYDROPHONE_INLINE static void each(Vector a, const Visit& visit) {
        each(a, visit, std::make_index_sequence<blocks>{});
    }

    // -- arithmetic ---------------------------------------------------------------------------

    // The sign of a - b: -1, 0 or 1. The difference of two words may be any, that of two ints must
    // be an int.
    HYDROPHONE_INLINE static Words sign(Words a, Words b) {
#if defined(__AVX512BW__)
        return limited(subtract(a, b));
#elif defined(__SSE4_2__)
        return sign_of(subtract(a, b));
#else
        return (b > a) - (a > b);
#endif
    }
    HYDROPHONE_INLINE static Ints sign(Ints a, Ints b) {
#if defined(__AVX512BW__)
        return limited(a - b);
#elif defined(__SSE4_2__)
        return sign_of(a - b);
#else
        return (b > a) - (a > b);
#endif
    }
    HYDROPHONE_INLINE static Longs sign(Longs a, Longs b) { return (b > a) - (a > b); }

    // The upper halves of the products of unsigned words.
    HYDROPHONE_INLINE static Words multiply_high(Words a, Words b) {
#if defined(__SSE4_2__)
        if constexpr (blocks == 1) {
            return reinterpret_cast<Words>(
                _mm_mulhi_epu16(reinterpret_cast<__m128i>(a), reinterpret_cast<__m128i>(b)));
        }
#if defined(__AVX2__)
        if constexpr (blocks == 2) {
            return reinterpret_cast<Words>(
                _mm256_mulhi_epu16(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(b)));
        }
#endif
#if defined(__AVX512BW__)
        if constexpr (blocks == 4) {
            return reinterpret_cast<Words>(
                _mm512_mulhi_epu16(reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b)));
        }
#endif
#else
        const uint32x4_t low = vmull_u16(vget_low_u16((uint16x8_t)a), vget_low_u16((uint16x8_t)b));
        const uint32x4_t high = vmull_high_u16((uint16x8_t)a, (uint16x8_t)b);
        return (Words)vuzp2q_u16((uint16x8_t)low, (uint16x8_t)high);
#endif
    }

    // Sums of products of neighbouring signed words.
    HYDROPHONE_INLINE static Ints multiply_pairs(Ints a, Ints b) {
#if defined(__AVX512BW__)
        if constexpr (blocks == 4) {
            return reinterpret_cast<Ints>(
                _mm512_madd_epi16(reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b)));
        } else
#endif
        {
            return HYDROPHONE_KERNELS::multiply_pairs(a, b);
        }
    }

    // Products of the lower halves of unsigned longs.
    HYDROPHONE_INLINE static UnsignedLongs multiply(UnsignedLongs a, UnsignedLongs b) {
#if defined(__SSE4_2__)
        if constexpr (blocks == 1) {
            return reinterpret_cast<UnsignedLongs>(
                _mm_mul_epu32(reinterpret_cast<__m128i>(a), reinterpret_cast<__m128i>(b)));
        }
#if defined(__AVX2__)
        if constexpr (blocks == 2) {
            return reinterpret_cast<UnsignedLongs>(
                _mm256_mul_epu32(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(b)));
        }
#endif
#if defined(__AVX512BW__)
        if constexpr (blocks == 4) {
            return reinterpret_cast<UnsignedLongs>(
                _mm512_mul_epu32(reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b)));
        }
#endif
#else
        return (UnsignedLongs)vmull_u32(vmovn_u64((uint64x2_t)a), vmovn_u64((uint64x2_t)b));
#endif
    }

    // Shifts down by the lanes of `by`, which are alike within a block and below 64.
    HYDROPHONE_INLINE static UnsignedLongs shift_down(UnsignedLongs a, UnsignedLongs by) {
#if defined(__SSE4_2__) && !defined(__AVX2__)
        return reinterpret_cast<UnsignedLongs>(
            _mm_srl_epi64(reinterpret_cast<__m128i>(a), reinterpret_cast<__m128i>(by)));
#else
        return a >> by;
#endif
    }

    // -- widths -------------------------------------------------------------------------------

    // Ints from 0 to 65535 as words: those of a, then those of b, in every block.
    HYDROPHONE_INLINE static Words narrow(Ints a, Ints b) {
#if defined(__SSE4_2__)
        if constexpr (blocks == 1) {
            return reinterpret_cast<Words>(
                _mm_packus_epi32(reinterpret_cast<__m128i>(a), reinterpret_cast<__m128i>(b)));
        }
#if defined(__AVX2__)
        if constexpr (blocks == 2) {
            return reinterpret_cast<Words>(
                _mm256_packus_epi32(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(b)));
        }
#endif
#if defined(__AVX512BW__)
        if constexpr (blocks == 4) {
            return reinterpret_cast<Words>(
                _mm512_packus_epi32(reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b)));
        }
#endif
#else
        return (Words)vuzp1q_u16((uint16x8_t)a, (uint16x8_t)b);
#endif
    }

    // Words from 0 to 255 as bytes, likewise.
    HYDROPHONE_INLINE static Bytes narrow(Words a, Words b) {
        return shuffle<Even>(reinterpret_cast<Bytes>(a), reinterpret_cast<Bytes>(b));
    }

    // The unsigned words of the blocks' lower, or upper, halves.
    HYDROPHONE_INLINE static Ints widen_low(Words a) {
        return reinterpret_cast<Ints>(interleave_low(a, Words{}));
    }
    HYDROPHONE_INLINE static Ints widen_high(Words a) {
        return reinterpret_cast<Ints>(interleave_high(a, Words{}));
    }

    // Lanes of ints that stand alone in longs, and both kinds as ints again.
    HYDROPHONE_INLINE static UnsignedLongs even(Ints a) {
        return reinterpret_cast<UnsignedLongs>(a) & 0xFFFFFFFF;
    }
    HYDROPHONE_INLINE static UnsignedLongs odd(Ints a) {
        return reinterpret_cast<UnsignedLongs>(a) >> 32;
    }
    HYDROPHONE_INLINE static Ints merge(UnsignedLongs even, UnsignedLongs odd) {
        return reinterpret_cast<Ints>(even | odd << 32);
    }

    HYDROPHONE_INLINE static Floats to_float(Ints a) { return __builtin_convertvector(a, Floats); }
    HYDROPHONE_INLINE static Ints to_int(Floats a) { return __builtin_convertvector(a, Ints); }

    // As floating-point numbers, positive ints have their leading one in the exponent: bits 23 and
    // on, plus 127. The 15 bits behind it are right; of later ones, some are set to zero, lest
    // rounding carry into those.
    HYDROPHONE_INLINE static Ints float_bits(Ints a) {
        return reinterpret_cast<Ints>(to_float(a & ~(a >> 16)));
    }

    // Two bits of every word's sign, 16 a block.
    HYDROPHONE_INLINE static u64 signs(Words a) {
#if defined(__SSE4_2__)
        if constexpr (blocks == 1) {
            return static_cast<u32>(_mm_movemask_epi8(reinterpret_cast<__m128i>(a >> 15)));
        }
#if defined(__AVX2__)
        if constexpr (blocks == 2) {
            return static_cast<u32>(_mm256_movemask_epi8(reinterpret_cast<__m256i>(a >> 15)));
        }
#endif
#if defined(__AVX512BW__)
        if constexpr (blocks == 4) {
            return _mm512_movepi8_mask(reinterpret_cast<__m512i>(a >> 15));
        }
#endif
#else
        const uint16x8_t bits = {3, 3 << 2, 3 << 4, 3 << 6, 3 << 8, 3 << 10, 3 << 12, 3 << 14};
        return vaddvq_u16((uint16x8_t)(a >> 15) & bits);
#endif
    }

  private:
    template <std::size_t lanes, std::size_t from>
    struct Interleaved {
        static constexpr std::size_t at(std::size_t i) { return from + i / 2 + i % 2 * lanes; }
    };
    template <std::size_t lanes, std::size_t by>
    struct Rotated {
        static constexpr std::size_t at(std::size_t i) { return (i + by) % lanes; }
    };
    template <std::size_t which>
    struct Spread {
        static constexpr std::size_t at(std::size_t) { return which; }
    };
    struct Even {
        static constexpr std::size_t at(std::size_t i) { return 2 * i; }
    };

    template <class From, class Vector, std::size_t... i>
    HYDROPHONE_INLINE static Vector shuffle(Vector a, Vector b, std::index_sequence<i...>) {
        // Lanes of b count on where all of a's end.
        return __builtin_shufflevector(a, b, source<From>(i, lanes<Vector>())...);
    }

    template <class From>
    static constexpr int source(std::size_t i, std::size_t lanes) {
        const std::size_t from = From::at(i % lanes);
        const std::size_t of_b = from < lanes ? 0 : (blocks - 1) * lanes;
        return static_cast<int>(i / lanes * lanes + from + of_b);
    }

    template <class Vector, class Visit, std::size_t... i>
    HYDROPHONE_INLINE static void each(Vector a, const Visit& visit, std::index_sequence<i...>) {
        (visit(i, block<i>(a)), ...);
    }

#if defined(__AVX2__)
    HYDROPHONE_INLINE static i32x8 join(Quad a, Quad b) {
        return __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7);
    }
#endif
#if defined(__AVX512BW__)
    typedef i32 Sixteen __attribute__((vector_size(64)));
    HYDROPHONE_INLINE static Sixteen join(i32x8 a, i32x8 b) {
        return __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    }
#endif

#if defined(__SSE4_2__)
    // a - b, saturated.
    HYDROPHONE_INLINE static Words subtract(Words a, Words b) {
        if constexpr (blocks == 1) {
            return reinterpret_cast<Words>(
                _mm_subs_epi16(reinterpret_cast<__m128i>(a), reinterpret_cast<__m128i>(b)));
        }
#if defined(__AVX2__)
        if constexpr (blocks == 2) {
            return reinterpret_cast<Words>(
                _mm256_subs_epi16(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(b)));
        }
#endif
#if defined(__AVX512BW__)
        if constexpr (blocks == 4) {
            return reinterpret_cast<Words>(
                _mm512_subs_epi16(reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b)));
        }
#endif
    }
#if defined(__AVX512BW__)
    template <class Vector>
    HYDROPHONE_INLINE static Vector limited(Vector a) {
        const Vector low = a > -1 ? a : Vector{} - 1;
        return low < 1 ? low : Vector{} + 1;
    }
#else
    HYDROPHONE_INLINE static Words sign_of(Words a) {
        if constexpr (blocks == 1) {
            return reinterpret_cast<Words>(
                _mm_sign_epi16(_mm_set1_epi16(1), reinterpret_cast<__m128i>(a)));
        }
#if defined(__AVX2__)
        if constexpr (blocks == 2) {
            return reinterpret_cast<Words>(
                _mm256_sign_epi16(_mm256_set1_epi16(1), reinterpret_cast<__m256i>(a)));
        }
#endif
    }
    HYDROPHONE_INLINE static Ints sign_of(Ints a) {
        if constexpr (blocks == 1) {
            return reinterpret_cast<Ints>(
                _mm_sign_epi32(_mm_set1_epi32(1), reinterpret_cast<__m128i>(a)));
        }
#if defined(__AVX2__)
        if constexpr (blocks == 2) {
            return reinterpret_cast<Ints>(
                _mm256_sign_epi32(_mm256_set1_epi32(1), reinterpret_cast<__m256i>(a)));
        }
#endif
    }
#endif
#endif
};

}  // namespace HYDROPHONE_KERNELS

#endif
