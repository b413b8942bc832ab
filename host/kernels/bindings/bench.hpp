// The part of the Python module that times kernels.
#pragma once

#include <nanobind/nanobind.h>

namespace hydrophone {

void bind_bench(nanobind::module_& m);

}  // namespace hydrophone
