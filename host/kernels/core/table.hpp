// Tables of 64 words, looked up within registers by every lane of vectors of any width.
#pragma once

#include "core/lanes.hpp"

#if !defined(HYDROPHONE_SCALAR)

namespace HYDROPHONE_KERNELS {

#if defined(__AVX512BW__)

// Two registers hold a table, and one permutation takes words from both.
class Table {
  public:
    static constexpr std::size_t COUNT = 64;

    constexpr explicit Table(const i64 (&words)[COUNT]) {
        for (std::size_t i = 0; i < COUNT; ++i) {
            words_[i] = static_cast<u16>(words[i]);
        }
    }

    // The words at places from 0 to 63.
    template <std::size_t blocks, class Words = typename Lanes<blocks>::Words>
    HYDROPHONE_INLINE void at(const Words (&places)[2], Words (&found)[2]) const {
        found[0] = at(places[0]);
        found[1] = at(places[1]);
    }

  private:
    template <class Words>
    HYDROPHONE_INLINE Words at(Words places) const {
        __m512i all;
        if constexpr (sizeof(Words) == 16) {
            all = _mm512_castsi128_si512(reinterpret_cast<__m128i>(places));
        } else if constexpr (sizeof(Words) == 32) {
            all = _mm512_castsi256_si512(reinterpret_cast<__m256i>(places));
        } else {
            all = reinterpret_cast<__m512i>(places);
        }
        const __m512i found = _mm512_permutex2var_epi16(_mm512_load_si512(words_), all,
                                                        _mm512_load_si512(words_ + 32));
        if constexpr (sizeof(Words) == 16) {
            return reinterpret_cast<Words>(_mm512_castsi512_si128(found));
        } else if constexpr (sizeof(Words) == 32) {
            return reinterpret_cast<Words>(_mm512_castsi512_si256(found));
        } else {
            return reinterpret_cast<Words>(found);
        }
    }

    alignas(64) u16 words_[COUNT]{};
};

#else

// Lower and upper bytes, of which shuffles take as many as two vectors of words have lanes. Where
// words differ by less than a byte, they are kept as what they exceed the least one by.
class Table {
  public:
    static constexpr std::size_t COUNT = 64;

    constexpr explicit Table(const i64 (&words)[COUNT]) {
        i64 low = words[0], high = words[0];
        for (const i64 word : words) {
            low = least(low, word);
            high = most(high, word);
        }
        is_narrow_ = high - low < 256;
        less_ = static_cast<i16>(is_narrow_ ? low : 0);
        for (std::size_t i = 0; i < COUNT; ++i) {
            lower_.put(i, static_cast<u8>(words[i] - less_));
            upper_.put(i, static_cast<u8>((words[i] - less_) >> 8));
        }
    }

    // The words at places from 0 to 63.
    template <std::size_t blocks, class Words = typename Lanes<blocks>::Words>
    HYDROPHONE_INLINE void at(const Words (&places)[2], Words (&found)[2]) const {
        using Vector = Lanes<blocks>;
        using Bytes = typename Vector::Bytes;
        const Bytes all = Vector::narrow(places[0], places[1]);
        const Bytes lower = lower_.at<blocks>(all);
        const Bytes upper = is_narrow_ ? Bytes{} : upper_.at<blocks>(all);
        found[0] = reinterpret_cast<Words>(Vector::interleave_low(lower, upper)) + less_;
        found[1] = reinterpret_cast<Words>(Vector::interleave_high(lower, upper)) + less_;
    }

  private:
#if defined(__SSE4_2__)
    // A shuffle takes a place modulo 16, but gives 0 for a negative one: each part holds what turns
    // an entry of the part before into one of its own.
    struct ByteTable {
        constexpr void put(std::size_t place, u8 entry) {
            parts[place / 16][place % 16] ^= entry;
            if (place < COUNT - 16) {
                parts[place / 16 + 1][place % 16] ^= entry;
            }
        }
        template <std::size_t blocks, class Bytes = typename Lanes<blocks>::Bytes>
        HYDROPHONE_INLINE Bytes at(Bytes places) const {
            using Native = typename Intrinsic<blocks>::Native;
            Bytes found = Bytes{};
            for (std::size_t part = 0; part < 4; ++part) {
                const auto entries = Lanes<blocks>::template gather<Native>(
                    [&](std::size_t) { return load<Quad>(parts[part]); });
                const Bytes beyond = places - static_cast<i8>(16 * part);
                found ^= reinterpret_cast<Bytes>(
                    shuffle_epi8(entries, reinterpret_cast<Native>(beyond)));
            }
            return found;
        }

        alignas(16) u8 parts[4][16]{};
    };
#else
    struct ByteTable {
        constexpr void put(std::size_t place, u8 entry) { entries[place] = entry; }
        template <std::size_t blocks, class Bytes = typename Lanes<blocks>::Bytes>
        HYDROPHONE_INLINE Bytes at(Bytes places) const {
            return (Bytes)vqtbl4q_u8(vld1q_u8_x4(entries), (uint8x16_t)places);
        }

        alignas(16) u8 entries[COUNT]{};
    };
#endif

    ByteTable lower_, upper_;
    i16 less_;
    bool is_narrow_;
};

#endif

}  // namespace HYDROPHONE_KERNELS

#endif
