// Arrow export: records as columns or as opaque values, by the Arrow C data and stream interfaces.
#pragma once

#include <nanobind/nanobind.h>

namespace hydrophone {

void bind_arrow(nanobind::module_& module);

}  // namespace hydrophone
