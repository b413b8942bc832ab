#include "bindings/buffers.hpp"

#include <cstring>

namespace nb = nanobind;

namespace hydrophone {
namespace {

[[noreturn]] void refuse(PyObject* error, const std::string& text) {
    PyErr_SetString(error, text.c_str());
    throw nb::python_error();
}

}  // namespace

Buffer::Buffer(nb::handle array, const char* what, const char* format, std::size_t item_size,
               bool writable, int dimensions) {
    const std::string name = what;
    if (PyObject_GetBuffer(array.ptr(), &view_, PyBUF_FORMAT | PyBUF_STRIDES) != 0) {
        PyErr_Clear();
        refuse(PyExc_TypeError,
               name + " is a " + Py_TYPE(array.ptr())->tp_name + ": give a NumPy array");
    }
    const auto fail = [&](PyObject* error, const std::string& text) {
        PyBuffer_Release(&view_);
        refuse(error, name + text);
    };
    const std::string given = view_.format != nullptr ? view_.format : "B";
    if (static_cast<std::size_t>(view_.itemsize) != item_size || given != format) {
        fail(PyExc_TypeError, " has elements of " + std::to_string(view_.itemsize) +
                                  " bytes, format " + given + ": give the dtype of format " +
                                  format);
    }
    if (view_.ndim < 1 || view_.ndim > dimensions) {
        fail(PyExc_ValueError, " has " + std::to_string(view_.ndim) + " dimensions: give one");
    }
    if (!PyBuffer_IsContiguous(&view_, 'C')) {
        fail(PyExc_ValueError, " is not contiguous: give numpy.ascontiguousarray of it");
    }
    if (writable && view_.readonly) {
        fail(PyExc_ValueError, " is read-only: give an array that can be written");
    }
}

std::size_t Buffer::count() const { return static_cast<std::size_t>(view_.shape[0]); }

std::size_t Buffer::row() const {
    return view_.ndim == 2 ? static_cast<std::size_t>(view_.shape[1]) : 1;
}

bool Buffer::overlaps(const Buffer& other) const {
    const auto* const mine = data<const char>();
    const auto* const theirs = other.data<const char>();
    return mine < theirs + other.view_.len && theirs < mine + view_.len;
}

}  // namespace hydrophone
