// The Python module `hydrophone._kernels`.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "dispatch.hpp"

namespace nb = nanobind;

NB_MODULE(_kernels, m) {
    m.doc() = "The C++ engine of Hydrophone.";
    m.def(
        "version", [] { return HYDROPHONE_VERSION; },
        "Version of the distribution it was built for.");
    m.def("compiled_isas", &hydrophone::compiled_isas,
          "Instruction sets compiled in, oldest first.");
}
