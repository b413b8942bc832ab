// Shuffles: what moves the lanes of vectors made of blocks of 128 bits, any number of them: within
// their block, in every block alike. Kernels that do several things at once give each a block.
#pragma once

#include <utility>

#include "core/isa.hpp"

#if !defined(HYDROPHONE_SCALAR)

namespace HYDROPHONE_KERNELS {

#if defined(__AVX512BW__)
inline constexpr std::size_t MAX_BLOCKS = 4;
#elif defined(__AVX2__)
inline constexpr std::size_t MAX_BLOCKS = 2;
#else
inline constexpr std::size_t MAX_BLOCKS = 1;
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
struct Shuffles : Vectors<blocks> {
    static_assert(blocks <= MAX_BLOCKS);
    using typename Vectors<blocks>::Words;
    using typename Vectors<blocks>::Ints;

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

    // Of two neighbouring blocks each, the first or the second one (`which`) of a, then that of b.
    template <std::size_t which, class Vector>
    HYDROPHONE_INLINE static Vector pair_blocks(Vector a, Vector b) {
        return pair_blocks<which>(a, b, std::make_index_sequence<blocks * lanes<Vector>()>{});
    }

    // Neighbouring blocks have changed places.
    template <class Vector>
    HYDROPHONE_INLINE static Vector swap_blocks(Vector a) {
        return swap_blocks(a, std::make_index_sequence<blocks * lanes<Vector>()>{});
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

    template <class From, class Vector, std::size_t... i>
    HYDROPHONE_INLINE static Vector shuffle(Vector a, Vector b, std::index_sequence<i...>) {
        // Lanes of b count on where all of a's end.
        return __builtin_shufflevector(a, b, source<From>(i, lanes<Vector>())...);
    }

    template <std::size_t which, class Vector, std::size_t... i>
    HYDROPHONE_INLINE static Vector pair_blocks(Vector a, Vector b, std::index_sequence<i...>) {
        static_assert(blocks % 2 == 0);
        constexpr std::size_t one = lanes<Vector>(), of_b = blocks * one;
        return __builtin_shufflevector(a, b,
                                       static_cast<int>(i / (2 * one) * (2 * one) + which * one +
                                                        i % one + i / one % 2 * of_b)...);
    }

    template <class Vector, std::size_t... i>
    HYDROPHONE_INLINE static Vector swap_blocks(Vector a, std::index_sequence<i...>) {
        static_assert(blocks % 2 == 0);
        return __builtin_shufflevector(a, a, static_cast<int>(i ^ lanes<Vector>())...);
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
};

}  // namespace HYDROPHONE_KERNELS

#endif
