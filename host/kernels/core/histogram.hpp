// Log-bucketed latency histogram: the recorder of hydrophone_model.histogram, in its layout.
//
// One thread records, others may read meanwhile: every word is written whole, without a lock.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "hydrophone_model.h"

namespace hydrophone {

class HistogramRecorder {
  public:
    static constexpr std::size_t WORDS = model::histogram::WORDS;

    // Memory of `WORDS` words, which somebody else owns.
    explicit HistogramRecorder(std::uint64_t* memory) : memory_(memory) {}

    static constexpr std::size_t bucket_of(std::uint64_t value) {
        const int excess = std::bit_width(value) - (SUB_BITS + 1);
        const int shift = excess > 0 ? excess : 0;
        return (static_cast<std::size_t>(shift) << SUB_BITS) +
               static_cast<std::size_t>(value >> shift);
    }

    // Counts events that took so many picoseconds each.
    void record(std::uint64_t picoseconds, std::uint64_t events) {
        const std::uint64_t value = picoseconds < LARGEST ? picoseconds : LARGEST;
        add(bucket_of(value), events);
        add(model::histogram::SUM, value * events);
        if (value < load(model::histogram::LEAST)) {
            store(model::histogram::LEAST, value);
        }
        if (value > load(model::histogram::MOST)) {
            store(model::histogram::MOST, value);
        }
    }

    void reset() {
        for (std::size_t place = 0; place < WORDS; ++place) {
            store(place, 0);
        }
        store(model::histogram::LEAST, ~std::uint64_t{0});
    }

    std::uint64_t load(std::size_t place) const {
        return __atomic_load_n(memory_ + place, __ATOMIC_RELAXED);
    }

  private:
    static constexpr int SUB_BITS = model::histogram::SUB_BITS;
    static constexpr std::uint64_t LARGEST = (std::uint64_t{1} << model::histogram::VALUE_BITS) - 1;
    static_assert(SUB_BITS + 1 < model::histogram::VALUE_BITS);

    void store(std::size_t place, std::uint64_t value) {
        __atomic_store_n(memory_ + place, value, __ATOMIC_RELAXED);
    }
    void add(std::size_t place, std::uint64_t value) { store(place, load(place) + value); }

    std::uint64_t* memory_;
};

}  // namespace hydrophone
