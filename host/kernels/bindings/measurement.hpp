// Measurements as Python reads them.
#pragma once

#include <nanobind/nanobind.h>

#include <cstddef>

#include "engine/bench.hpp"

namespace hydrophone {

// See `RawBench` in host/hydrophone/_kernels.pyi.
nanobind::dict told(const Measurement& measurement, const char* isa, std::size_t batch);
nanobind::tuple told(const Interruptions& found);

}  // namespace hydrophone
