// Lane arithmetic on vectors of any number of blocks, for every instruction set.
#pragma once

#include "core/shuffles.hpp"

#if !defined(HYDROPHONE_SCALAR)

namespace HYDROPHONE_KERNELS {

#if defined(__SSE4_2__)

// Intrinsics of every width there is, under one name.
template <std::size_t blocks>
struct Intrinsic;
#define HYDROPHONE_WIDTH(blocks, type, prefix)                                                  \
    template <>                                                                                 \
    struct Intrinsic<blocks> {                                                                  \
        typedef type Native;                                                                    \
    };                                                                                          \
    HYDROPHONE_INLINE type mulhi_epu16(type a, type b) { return prefix##_mulhi_epu16(a, b); }   \
    HYDROPHONE_INLINE type madd_epi16(type a, type b) { return prefix##_madd_epi16(a, b); }     \
    HYDROPHONE_INLINE type mul_epu32(type a, type b) { return prefix##_mul_epu32(a, b); }       \
    HYDROPHONE_INLINE type subs_epi16(type a, type b) { return prefix##_subs_epi16(a, b); }     \
    HYDROPHONE_INLINE type shuffle_epi8(type a, type b) { return prefix##_shuffle_epi8(a, b); } \
    HYDROPHONE_INLINE type packus_epi16(type a, type b) { return prefix##_packus_epi16(a, b); } \
    HYDROPHONE_INLINE type packus_epi32(type a, type b) { return prefix##_packus_epi32(a, b); }
#define HYDROPHONE_NARROW(type, prefix)                                                     \
    HYDROPHONE_INLINE type sign_epi16(type a, type b) { return prefix##_sign_epi16(a, b); } \
    HYDROPHONE_INLINE type sign_epi32(type a, type b) { return prefix##_sign_epi32(a, b); } \
    HYDROPHONE_INLINE type blendv_epi8(type a, type b, type mask) {                         \
        return prefix##_blendv_epi8(a, b, mask);                                            \
    }                                                                                       \
    HYDROPHONE_INLINE u64 movemask(type a) { return static_cast<u32>(prefix##_movemask_epi8(a)); }
HYDROPHONE_WIDTH(1, __m128i, _mm)
HYDROPHONE_NARROW(__m128i, _mm)
#if defined(__AVX2__)
HYDROPHONE_WIDTH(2, __m256i, _mm256)
HYDROPHONE_NARROW(__m256i, _mm256)
#endif
#if defined(__AVX512BW__)
HYDROPHONE_WIDTH(4, __m512i, _mm512)
HYDROPHONE_INLINE u64 movemask(__m512i a) { return _mm512_movepi8_mask(a); }
#endif
#undef HYDROPHONE_WIDTH
#undef HYDROPHONE_NARROW

#endif

template <std::size_t blocks>
struct Lanes : Shuffles<blocks> {
    using Base = Shuffles<blocks>;
    using typename Vectors<blocks>::Bytes;
    using typename Vectors<blocks>::Words;
    using typename Vectors<blocks>::Ints;
    using typename Vectors<blocks>::Longs;
    using typename Vectors<blocks>::UnsignedLongs;
    using typename Vectors<blocks>::Floats;

    // -- arithmetic ---------------------------------------------------------------------------

    // That of two vectors whose bits a mask, all ones or zeros in every lane, chooses.
    template <class Mask, class Vector>
    HYDROPHONE_INLINE static Vector choose(Mask mask, Vector set, Vector clear) {
#if defined(__SSE4_2__) && !defined(__AVX512BW__)
        return reinterpret_cast<Vector>(blendv_epi8(reinterpret_cast<Native>(clear),
                                                    reinterpret_cast<Native>(set),
                                                    reinterpret_cast<Native>(mask)));
#else
        const auto all = reinterpret_cast<Vector>(mask);
        return (all & set) | (~all & clear);
#endif
    }

    // The sign of a - b: -1, 0 or 1. The difference of two words may be any, that of two ints must
    // be an int.
    HYDROPHONE_INLINE static Words sign(Words a, Words b) {
#if defined(__SSE4_2__)
        const auto apart = subs_epi16(reinterpret_cast<Native>(a), reinterpret_cast<Native>(b));
        if constexpr (blocks < 4) {
            return reinterpret_cast<Words>(
                sign_epi16(reinterpret_cast<Native>(Words{} + 1), apart));
        } else {
            return limited(reinterpret_cast<Words>(apart));
        }
#else
        return (b > a) - (a > b);
#endif
    }
    HYDROPHONE_INLINE static Ints sign(Ints a, Ints b) {
#if defined(__SSE4_2__)
        if constexpr (blocks < 4) {
            return reinterpret_cast<Ints>(
                sign_epi32(reinterpret_cast<Native>(Ints{} + 1), reinterpret_cast<Native>(a - b)));
        } else {
            return limited(a - b);
        }
#else
        return (b > a) - (a > b);
#endif
    }
    HYDROPHONE_INLINE static Longs sign(Longs a, Longs b) { return (b > a) - (a > b); }

    // The upper halves of the products of unsigned words.
    HYDROPHONE_INLINE static Words multiply_high(Words a, Words b) {
#if defined(__SSE4_2__)
        return reinterpret_cast<Words>(
            mulhi_epu16(reinterpret_cast<Native>(a), reinterpret_cast<Native>(b)));
#else
        const uint32x4_t low = vmull_u16(vget_low_u16((uint16x8_t)a), vget_low_u16((uint16x8_t)b));
        const uint32x4_t high = vmull_high_u16((uint16x8_t)a, (uint16x8_t)b);
        return (Words)vuzp2q_u16((uint16x8_t)low, (uint16x8_t)high);
#endif
    }

    // Sums of products of neighbouring signed words.
    HYDROPHONE_INLINE static Ints multiply_pairs(Ints a, Ints b) {
#if defined(__SSE4_2__)
        return reinterpret_cast<Ints>(
            madd_epi16(reinterpret_cast<Native>(a), reinterpret_cast<Native>(b)));
#else
        return HYDROPHONE_KERNELS::multiply_pairs(a, b);
#endif
    }

    // Products of the lower halves of unsigned longs.
    HYDROPHONE_INLINE static UnsignedLongs multiply(UnsignedLongs a, UnsignedLongs b) {
#if defined(__SSE4_2__)
        return reinterpret_cast<UnsignedLongs>(
            mul_epu32(reinterpret_cast<Native>(a), reinterpret_cast<Native>(b)));
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
        return reinterpret_cast<Words>(
            packus_epi32(reinterpret_cast<Native>(a), reinterpret_cast<Native>(b)));
#else
        return (Words)vuzp1q_u16((uint16x8_t)a, (uint16x8_t)b);
#endif
    }

    // Words from 0 to 255 as bytes, likewise.
    HYDROPHONE_INLINE static Bytes narrow(Words a, Words b) {
#if defined(__SSE4_2__)
        return reinterpret_cast<Bytes>(
            packus_epi16(reinterpret_cast<Native>(a), reinterpret_cast<Native>(b)));
#else
        return (Bytes)vuzp1q_u8((uint8x16_t)a, (uint8x16_t)b);
#endif
    }

    // The unsigned words of the blocks' lower, or upper, halves.
    HYDROPHONE_INLINE static Ints widen_low(Words a) {
        return reinterpret_cast<Ints>(Base::interleave_low(a, Words{}));
    }
    HYDROPHONE_INLINE static Ints widen_high(Words a) {
        return reinterpret_cast<Ints>(Base::interleave_high(a, Words{}));
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
        return movemask(reinterpret_cast<Native>(a >> 15));
#else
        const uint16x8_t bits = {3, 3 << 2, 3 << 4, 3 << 6, 3 << 8, 3 << 10, 3 << 12, 3 << 14};
        return vaddvq_u16((uint16x8_t)(a >> 15) & bits);
#endif
    }

  private:
#if defined(__SSE4_2__)
    using Native = typename Intrinsic<blocks>::Native;

    template <class Vector>
    HYDROPHONE_INLINE static Vector limited(Vector a) {
        const Vector low = a > -1 ? a : Vector{} - 1;
        return low < 1 ? low : Vector{} + 1;
    }
#endif
};

}  // namespace HYDROPHONE_KERNELS

#endif
