// The fusion engine of the Python module.
#pragma once

#include <nanobind/nanobind.h>

namespace hydrophone {

void bind_fusion(nanobind::module_& module);

}  // namespace hydrophone
