// Shannon entropy of a window of bin numbers, from integer terms.
#pragma once

#include <cstdlib>

#include "core/isa.hpp"

namespace HYDROPHONE_KERNELS::library {

// log2 of a count with 42 fraction bits, bit after bit: a square carries into its integer part
// where the next bit of the logarithm is 1.
HYDROPHONE_INLINE constexpr i64 fine_log2(u64 count) {
    constexpr int bits = 42;
    const int whole = bit_length(count) - 1;
    i64 result = whole;
    u64 mantissa = count << (63 - whole);
    for (int i = 0; i < bits; ++i) {
        const auto square = static_cast<unsigned __int128>(mantissa) * mantissa;
        const bool carries = (square >> 127) != 0;
        mantissa = static_cast<u64>(square >> (63 + carries));
        result = 2 * result + carries;
    }
    return result;
}

// c log2 c, rounded to an integer with `fraction` fraction bits, of a count up to 2**16.
template <int fraction>
HYDROPHONE_INLINE constexpr i64 count_term(u64 count) {
    constexpr int down = 42 - fraction;
    const i64 term = count ? static_cast<i64>(count) * fine_log2(count) : 0;
    return (term + (i64{1} << (down - 1))) >> down;
}

// These terms of every count of a window.
template <int fraction>
class CountTerms {
  public:
    explicit CountTerms(std::size_t window)
        : window_(static_cast<i64>(window)),
          terms_(static_cast<i64*>(std::malloc((window + 1) * sizeof(i64)))) {
        for (std::size_t count = 0; terms_ != nullptr && count <= window; ++count) {
            terms_[count] = count_term<fraction>(count);
        }
    }
    ~CountTerms() { std::free(terms_); }
    CountTerms(const CountTerms&) = delete;
    CountTerms& operator=(const CountTerms&) = delete;

    bool allocated() const { return terms_ != nullptr; }
    HYDROPHONE_INLINE i64 of(std::size_t count) const { return terms_[count]; }

  protected:
    i64 window_;

  private:
    i64* terms_;
};

// The block's entropy of a window of 2**bits, from the sum of its terms.
HYDROPHONE_INLINE i64 fixed_entropy(i64 sum, int bits) {
    const i64 most_bits = i64{bits} << model::entropy::TABLE_FRACTION;
    return saturate(most_bits - (sum >> bits), model::entropy::ENTROPY);
}

// As the block `entropy` has them.
struct FixedTerms : CountTerms<model::entropy::TABLE_FRACTION> {
    static constexpr double UNKNOWN = 0;
    using CountTerms::CountTerms;

    HYDROPHONE_INLINE double entropy(i64 sum) const {
        return static_cast<double>(fixed_entropy(sum, exact_log2(window_)));
    }
};

// Fine enough for every bit of a float32.
class FloatTerms : public CountTerms<32> {
  public:
    static constexpr double UNKNOWN = __builtin_nan("");

    // The window is a power of two: so is the share, and products with it are exact.
    explicit FloatTerms(std::size_t window)
        : CountTerms(window), share_(0x1p-32 / static_cast<double>(window)) {}

    HYDROPHONE_INLINE double entropy(i64 sum) const {
        const i64 all = of(static_cast<std::size_t>(window_)) - sum;
        return static_cast<double>(static_cast<float>(static_cast<double>(all) * share_));
    }

  private:
    double share_;
};

// Terms of the windows that the block has.
struct ShortTerms {
    static constexpr std::size_t LONGEST = 1024;
    i32 of[LONGEST + 1];

    constexpr ShortTerms() : of{} {
        for (std::size_t count = 0; count <= LONGEST; ++count) {
            of[count] = static_cast<i32>(count_term<model::entropy::TABLE_FRACTION>(count));
        }
    }
};
inline constexpr ShortTerms SHORT_TERMS;

// Of one window of n bin numbers, a power of two.
inline i64 bins_entropy(const u8* bins, std::size_t n) {
    u32 counts[256] = {};
    i64 sum = 0;
    if (n <= ShortTerms::LONGEST) {
        // The terms of a bin change with every count: what is left at the end is the last ones.
        for (std::size_t i = 0; i < n; ++i) {
            const u32 count = counts[bins[i]]++;
            sum += SHORT_TERMS.of[count + 1] - SHORT_TERMS.of[count];
        }
    } else {
        for (std::size_t i = 0; i < n; ++i) {
            ++counts[bins[i]];
        }
        for (const u32 count : counts) {
            sum += count_term<model::entropy::TABLE_FRACTION>(count);
        }
    }
    return fixed_entropy(sum, exact_log2(static_cast<i64>(n)));
}

}  // namespace HYDROPHONE_KERNELS::library
