// The Python types `Library` and `Stream` of the module: kernels on NumPy arrays.
#pragma once

#include <Python.h>

namespace hydrophone {

// Adds both types to the module; false with a Python error.
bool add_library(PyObject* module);

}  // namespace hydrophone
