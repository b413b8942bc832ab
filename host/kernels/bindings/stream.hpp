// The Python type `Stream` of the module: a window that slides with what is pushed.
#pragma once

#include <Python.h>

namespace hydrophone {

// Adds the type to the module; false with a Python error.
bool add_stream(PyObject* module);

}  // namespace hydrophone
