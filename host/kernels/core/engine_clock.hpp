// Engine clock: the time an event takes in the engine, sampled so that it costs next to nothing.
//
// The clock is CLOCK_MONOTONIC, which needs no calibration and is the same on every processor; two
// readings cost some 40 ns. A call is timed once so many events have come since the one before that
// this is at most 1.5 ns an event; it stands for all of them, each of which is counted with the
// mean of the timed call.
#pragma once

#include <time.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/histogram.hpp"

namespace hydrophone {

class EngineClock {
  public:
    EngineClock() { recorder_.reset(); }
    EngineClock(const EngineClock&) = delete;
    EngineClock& operator=(const EngineClock&) = delete;

    static std::uint64_t now_ns() {
        timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
               static_cast<std::uint64_t>(now.tv_nsec);
    }

    // Events from one timed call to the next.
    static std::size_t interval() {
        static const std::size_t events = interval_here();
        return events;
    }

    // Makes a call that processes so many events.
    template <class Call>
    void run(std::size_t events, const Call& call) {
        waiting_ += events;
        if (waiting_ < interval_) {
            call();
            return;
        }
        const std::uint64_t start = now_ns();
        call();
        const std::uint64_t elapsed = now_ns() - start;
        recorder_.record(elapsed * 1000 / events, waiting_);
        waiting_ = 0;
    }

    void reset() {
        recorder_.reset();
        waiting_ = 0;
    }

    // A copy of the histogram's memory, which a call in another thread may change meanwhile.
    std::array<std::uint64_t, HistogramRecorder::WORDS> copy() const {
        std::array<std::uint64_t, HistogramRecorder::WORDS> words;
        for (std::size_t place = 0; place < words.size(); ++place) {
            words[place] = recorder_.load(place);
        }
        return words;
    }

  private:
    static std::size_t interval_here() {
        std::uint64_t least = ~std::uint64_t{0};
        for (int round = 0; round < 8; ++round) {
            const std::uint64_t start = now_ns();
            for (int reading = 0; reading < 15; ++reading) {
                now_ns();
            }
            const std::uint64_t spent = now_ns() - start;
            least = spent < least ? spent : least;
        }
        // Nanoseconds of two readings, over 1.5 ns an event.
        const std::size_t events = static_cast<std::size_t>(2 * least / 16 * 2 / 3);
        return events < LEAST_INTERVAL ? LEAST_INTERVAL : events;
    }

    static constexpr std::size_t LEAST_INTERVAL = 32;

    std::array<std::uint64_t, HistogramRecorder::WORDS> memory_;
    HistogramRecorder recorder_{memory_.data()};
    std::size_t interval_ = interval();
    std::size_t waiting_ = 0;
};

}  // namespace hydrophone
