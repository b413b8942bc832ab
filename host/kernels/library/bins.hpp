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

// By how much the term of a bin grows when it has one sample more: steps from every count below
// that of a window. Short windows have them from the compiler.
template <int fraction>
struct ShortSteps {
    static constexpr std::size_t LONGEST = 1024;
    i64 from[LONGEST];

    constexpr ShortSteps() : from{} {
        for (std::size_t count = 0; count < LONGEST; ++count) {
            from[count] = count_term<fraction>(count + 1) - count_term<fraction>(count);
        }
    }
};
template <int fraction>
inline constexpr ShortSteps<fraction> SHORT_STEPS;

template <int fraction>
class CountSteps {
  public:
    explicit CountSteps(std::size_t window)
        : window_(static_cast<i64>(window)), from_(SHORT_STEPS<fraction>.from) {
        if (window > ShortSteps<fraction>::LONGEST) {
            from_ = made_ = static_cast<i64*>(std::malloc(window * sizeof(i64)));
            i64 before = 0;
            for (std::size_t count = 0; made_ != nullptr && count < window; ++count) {
                const i64 term = count_term<fraction>(count + 1);
                made_[count] = term - before;
                before = term;
            }
        }
    }
    ~CountSteps() { std::free(made_); }
    CountSteps(const CountSteps&) = delete;
    CountSteps& operator=(const CountSteps&) = delete;

    bool allocated() const { return from_ != nullptr; }
    HYDROPHONE_INLINE i64 from(std::size_t count) const { return from_[count]; }

  protected:
    i64 window_;

  private:
    const i64* from_;
    i64* made_ = nullptr;
};

// The block's entropy of a window of 2**bits, from the sum of its terms.
HYDROPHONE_INLINE i64 fixed_entropy(i64 sum, int bits) {
    const i64 most_bits = i64{bits} << model::entropy::TABLE_FRACTION;
    return saturate(most_bits - (sum >> bits), model::entropy::ENTROPY);
}

// As the block `entropy` has them.
struct FixedSteps : CountSteps<model::entropy::TABLE_FRACTION> {
    static constexpr double UNKNOWN = 0;
    using CountSteps::CountSteps;

    HYDROPHONE_INLINE double entropy(i64 sum) const {
        return static_cast<double>(fixed_entropy(sum, exact_log2(window_)));
    }
};

// Fine enough for every bit of a float32.
class FloatSteps : public CountSteps<32> {
  public:
    static constexpr double UNKNOWN = __builtin_nan("");

    // The window is a power of two: so is the share, and products with it are exact.
    explicit FloatSteps(std::size_t window)
        : CountSteps(window),
          all_(window_ * exact_log2(window_) << 32),
          share_(0x1p-32 / static_cast<double>(window)) {}

    HYDROPHONE_INLINE double entropy(i64 sum) const {
        return static_cast<double>(static_cast<float>(static_cast<double>(all_ - sum) * share_));
    }

  private:
    i64 all_;
    double share_;
};

// Of one window of n bin numbers, a power of two.
inline i64 bins_entropy(const u8* bins, std::size_t n) {
    u32 counts[256] = {};
    i64 sum = 0;
    constexpr int fraction = model::entropy::TABLE_FRACTION;
    if (n <= ShortSteps<fraction>::LONGEST) {
        for (std::size_t i = 0; i < n; ++i) {
            sum += SHORT_STEPS<fraction>.from[counts[bins[i]]++];
        }
    } else {
        for (std::size_t i = 0; i < n; ++i) {
            ++counts[bins[i]];
        }
        for (const u32 count : counts) {
            sum += count_term<fraction>(count);
        }
    }
    return fixed_entropy(sum, exact_log2(static_cast<i64>(n)));
}

// Of every window of a power of two, up to 2**16; as `moving` has it.
inline bool moving_entropy(const u8* bins, std::size_t n, std::size_t window, float* out) {
    const FloatSteps steps(window);
    if (!steps.allocated()) {
        return false;
    }
    u32 counts[256] = {};
    i64 sum = 0;
    const std::size_t first = least(window - 1, n);
    for (std::size_t i = 0; i < first; ++i) {
        sum += steps.from(counts[bins[i]]++);
        out[i] = static_cast<float>(FloatSteps::UNKNOWN);
    }
    for (std::size_t i = first; i < n; ++i) {
        sum += steps.from(counts[bins[i]]++);
        out[i] = static_cast<float>(steps.entropy(sum));
        sum -= steps.from(--counts[bins[i - first]]);
    }
    return true;
}

}  // namespace HYDROPHONE_KERNELS::library
