#include "bindings/measurement.hpp"

#include <nanobind/stl/vector.h>

#include <cstdint>
#include <vector>

namespace nb = nanobind;

namespace hydrophone {
namespace {

nb::bytes memory(const std::vector<std::uint32_t>& ticks) {
    return nb::bytes(ticks.data(), ticks.size() * sizeof ticks[0]);
}

}  // namespace

nb::dict measurement_dict(const Measurement& m, const char* isa, std::size_t batch) {
    nb::dict result;
    result["isa"] = isa;
    result["cpu"] = m.cpu;
    result["ticks_per_ns"] = m.ticks_per_ns;
    result["overhead_ns"] = static_cast<double>(m.overhead_ticks) / m.ticks_per_ns;
    result["batch"] = batch;
    result["rounds_ns"] = nb::cast(m.rounds_ns);
    result["batches"] = memory(m.batches);
    result["singles"] = memory(m.singles);
    return result;
}

nb::tuple interruptions_tuple(const Interruptions& found) {
    return nb::make_tuple(found.watched_ns, nb::cast(found.gaps_ns));
}

}  // namespace hydrophone
