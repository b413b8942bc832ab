// The recorder of latency histograms in the Python module.
#pragma once

#include <nanobind/nanobind.h>

#include "core/engine_clock.hpp"

namespace hydrophone {

void bind_histogram(nanobind::module_& module);

// The memory of an engine's histogram, as bytes of native words.
nanobind::bytes histogram_bytes(const EngineClock& clock);

}  // namespace hydrophone
