// Measurements as Python reads them.
#pragma once

#include <nanobind/nanobind.h>

#include <cstddef>

#include "engine/bench.hpp"

namespace hydrophone {

// See `RawBench` in host/hydrophone/_kernels.pyi.
nanobind::dict measurement_dict(const Measurement& measurement, const char* isa, std::size_t batch);
nanobind::tuple interruptions_tuple(const Interruptions& found);

}  // namespace hydrophone
