// The signal pipeline engine of the Python module.
#pragma once

#include <nanobind/nanobind.h>

namespace hydrophone {

void bind_signal_pipeline(nanobind::module_& module);

}  // namespace hydrophone
