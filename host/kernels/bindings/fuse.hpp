// Fusion in float32 from Python: one decision, and decisions that learn.
#pragma once

#include <Python.h>

#include "hydrophone_kernels.h"

namespace hydrophone {

// The method `Library.fuse`.
PyObject* fuse_once(const hydrophone_library& library, PyObject* const* args, Py_ssize_t count,
                    PyObject* keywords);

// Adds the type `FusionStream` to the module; false with a Python error.
bool add_fusion_stream(PyObject* module);

}  // namespace hydrophone
