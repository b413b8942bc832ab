// Python types of the shared-memory segment: `SharedWriter` and `SharedReader`.
#pragma once

#include <nanobind/nanobind.h>

namespace hydrophone {

void bind_shared(nanobind::module_& m);

}  // namespace hydrophone
