#include "bindings/histogram.hpp"

#include <cstdint>

#include "bindings/buffers.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace hydrophone {
namespace {

const ElementType& word_type() {
    static const ElementType& type = *new ElementType(dtype_of("uint64"));
    return type;
}

// Records into an array of Python's.
class PyRecorder {
  public:
    explicit PyRecorder(nb::handle memory) : memory_(memory, "memory", word_type(), true) {
        memory_.expect("memory", {HistogramRecorder::WORDS});
    }

    void record(std::uint64_t picoseconds, std::uint64_t events) {
        HistogramRecorder(memory_.data<std::uint64_t>()).record(picoseconds, events);
    }

  private:
    Buffer memory_;
};

// Nanoseconds of one recording, and of one reading of the clock.
nb::tuple recording_cost(std::size_t times) {
    std::array<std::uint64_t, HistogramRecorder::WORDS> memory;
    HistogramRecorder recorder(memory.data());
    recorder.reset();
    std::uint64_t value = 1;
    const std::uint64_t start = EngineClock::now_ns();
    for (std::size_t i = 0; i < times; ++i) {
        // Values from one to a million nanoseconds, as a linear congruence has them.
        value = value * 6364136223846793005u + 1442695040888963407u;
        recorder.record(value >> 34, 1);
    }
    const std::uint64_t middle = EngineClock::now_ns();
    std::uint64_t last = middle;
    for (std::size_t i = 0; i < times; ++i) {
        last = EngineClock::now_ns();
    }
    const auto each = [&](std::uint64_t spent) {
        return static_cast<double>(spent) / static_cast<double>(times);
    };
    return nb::make_tuple(each(middle - start), each(last - middle));
}

}  // namespace

nb::bytes histogram_bytes(const EngineClock& clock) {
    const auto words = clock.copy();
    return nb::bytes(words.data(), sizeof words);
}

void bind_histogram(nb::module_& module) {
    nb::class_<PyRecorder>(module, "HistogramRecorder")
        .def(nb::init<nb::handle>(), "memory"_a)
        .def("record", &PyRecorder::record, "value"_a, "events"_a = 1);
    module.def("recording_cost", &recording_cost, "times"_a,
               "Nanoseconds of one recording, and of one reading of the clock.");
    module.def("clock_interval", &EngineClock::interval,
               "Events from one timed call of an engine to the next.");
}

}  // namespace hydrophone
