// Times kernels from within; see hydrophone_bench.kernels.native.
#include "bindings/bench.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include <cstdint>
#include <stdexcept>

#include "engine/bench_library.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace hydrophone {
namespace {

constexpr double SPAN_NS = 1e5;

nb::tuple pair(const CallTime& time) { return nb::make_tuple(time.throughput, time.latency); }

const hydrophone_library& library_of(const std::string& isa) {
    const hydrophone_library* const library = hydrophone_library_of(isa.c_str());
    if (library == nullptr) {
        throw std::invalid_argument("isa = '" + isa + "' is not available here");
    }
    return *library;
}

nb::dict time_kernels(const std::string& isa, std::size_t window) {
    nb::dict times;
    for (const CallTime& time : time_library(library_of(isa), window, SPAN_NS)) {
        times[time.kernel.c_str()] = pair(time);
    }
    return times;
}

nb::tuple time_function(const std::string& kernel, std::uintptr_t address, std::size_t window) {
    return pair(time_foreign(kernel, reinterpret_cast<Foreign>(address), window, SPAN_NS));
}

}  // namespace

void bind_bench(nb::module_& m) {
    m.def("time_kernels", &time_kernels, "isa"_a, "window"_a,
          "Nanoseconds a call of every kernel: back to back, and one after the other's result.");
    m.def(
        "time_fusion",
        [](const std::string& isa) { return pair(time_fusion(library_of(isa), SPAN_NS)); }, "isa"_a,
        "The same of a fusion of 8 systems' scores for 16 candidates.");
    m.def("time_function", &time_function, "kernel"_a, "address"_a, "window"_a,
          "The same of somebody else's kernel at an address.");
}

}  // namespace hydrophone
