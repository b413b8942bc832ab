#include "bindings/buffers.hpp"

#include <algorithm>

namespace nb = nanobind;

namespace hydrophone {
namespace {

[[noreturn]] void refuse(PyObject* error, const std::string& text) {
    PyErr_SetString(error, text.c_str());
    throw nb::python_error();
}

}  // namespace

PyObject* ElementType::type_of(nb::handle array) {
    PyObject* const type = PyObject_GetAttrString(array.ptr(), "dtype");
    if (type == nullptr) {
        PyErr_Clear();
    }
    return type;
}

bool ElementType::is_known(nb::handle array) const {
    PyObject* const type = known_ == nullptr ? nullptr : type_of(array);
    Py_XDECREF(type);
    return type != nullptr && type == known_;
}

void ElementType::remember(nb::handle array) {
    if (PyObject* const type = type_of(array); type != nullptr) {
        Py_XDECREF(std::exchange(known_, type));
    }
}

Buffer::Buffer(nb::handle array, const char* what, ElementType& type, bool writable,
               int dimensions) {
    const std::string name = what;
    const bool known = type.is_known(array);
    const int flags = known ? PyBUF_STRIDES : PyBUF_STRIDES | PyBUF_FORMAT;
    if (PyObject_GetBuffer(array.ptr(), &view_, flags) != 0) {
        PyErr_Clear();
        refuse(PyExc_TypeError,
               name + " is a " + Py_TYPE(array.ptr())->tp_name + ": give a NumPy array");
    }
    const auto fail = [&](PyObject* error, const std::string& text) {
        PyBuffer_Release(&view_);
        refuse(error, name + text);
    };
    if (!known) {
        const std::string given = view_.format != nullptr ? view_.format : "B";
        if (given != type.format() || static_cast<std::size_t>(view_.itemsize) != type.size()) {
            fail(PyExc_TypeError, " has elements of " + std::to_string(view_.itemsize) +
                                      " bytes, format " + given + ": give the dtype of format " +
                                      type.format());
        }
        type.remember(array);
    }
    if (view_.ndim < 1 || view_.ndim > dimensions) {
        fail(PyExc_ValueError, " has " + std::to_string(view_.ndim) + " dimensions: give " +
                                   (dimensions == 1 ? "one" : std::to_string(dimensions)));
    }
    if (!PyBuffer_IsContiguous(&view_, 'C')) {
        fail(PyExc_ValueError, " is not contiguous: give numpy.ascontiguousarray of it");
    }
    if (writable && view_.readonly) {
        fail(PyExc_ValueError, " is read-only: give an array that can be written");
    }
}

void Buffer::expect(const char* what, std::initializer_list<std::size_t> shape) const {
    const auto same = [](std::size_t wanted, Py_ssize_t given) {
        return wanted == static_cast<std::size_t>(given);
    };
    if (std::equal(shape.begin(), shape.end(), view_.shape, view_.shape + view_.ndim, same)) {
        return;
    }
    const auto text = [](const auto* first, const auto* last) {
        std::string sizes;
        for (const auto* size = first; size != last; ++size) {
            sizes += (sizes.empty() ? "" : ", ") + std::to_string(*size);
        }
        return "(" + sizes + ")";
    };
    refuse(PyExc_ValueError, std::string(what) + " has the shape " +
                                 text(view_.shape, view_.shape + view_.ndim) + ": give the shape " +
                                 text(shape.begin(), shape.end()));
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
