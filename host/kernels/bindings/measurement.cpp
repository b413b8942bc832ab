#include "bindings/measurement.hpp"

#include <nanobind/stl/vector.h>

namespace nb = nanobind;

namespace hydrophone {
namespace {

nb::dict histogram(const Histogram& histogram, double ticks_per_ns) {
    nb::list values, counts;
    for (std::size_t bucket = 0; bucket < histogram.counts().size(); ++bucket) {
        if (const std::uint64_t count = histogram.counts()[bucket]; count != 0) {
            values.append(static_cast<double>(Histogram::value(bucket)) / ticks_per_ns);
            counts.append(count);
        }
    }
    nb::dict result;
    result["ns"] = values;
    result["counts"] = counts;
    result["max_ns"] = static_cast<double>(histogram.largest()) / ticks_per_ns;
    return result;
}

}  // namespace

nb::dict told(const Measurement& m, const char* isa, std::size_t batch) {
    nb::dict result;
    result["isa"] = isa;
    result["cpu"] = m.cpu;
    result["ticks_per_ns"] = m.ticks_per_ns;
    result["overhead_ns"] = static_cast<double>(m.overhead_ticks) / m.ticks_per_ns;
    result["batch"] = batch;
    result["rounds_ns"] = nb::cast(m.rounds_ns);
    result["batches"] = histogram(m.batches, m.ticks_per_ns);
    result["singles"] = histogram(m.singles, m.ticks_per_ns);
    result["quiet_batches"] = histogram(m.quiet_batches, m.ticks_per_ns);
    result["quiet_singles"] = histogram(m.quiet_singles, m.ticks_per_ns);
    return result;
}

}  // namespace hydrophone
