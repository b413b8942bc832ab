#include "bindings/buffers.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace nb = nanobind;

namespace hydrophone {
namespace {

[[noreturn]] void refuse(PyObject* error, const std::string& text) {
    PyErr_SetString(error, text.c_str());
    throw nb::python_error();
}

// As NumPy writes it, without the name of its class.
std::string written(nb::handle dtype) { return nb::str(dtype).c_str(); }

// The largest of a dtype's fields: a record's own may be 1.
std::size_t alignment_of(nb::handle dtype) {
    const nb::object base = dtype.attr("base"), fields = base.attr("fields");
    auto alignment = nb::cast<std::size_t>(base.attr("alignment"));
    if (!fields.is_none()) {
        for (nb::handle field : nb::object(fields.attr("values")())) {
            alignment = std::max(alignment, alignment_of(nb::object(field[0])));
        }
    }
    return alignment;
}

}  // namespace

nb::object dtype_of(const char* name) { return nb::module_::import_("numpy").attr("dtype")(name); }

ElementType::ElementType(nb::object dtype, bool copied)
    : dtype_(std::move(dtype)),
      size_(nb::cast<std::size_t>(dtype_.attr("itemsize"))),
      alignment_(alignment_of(dtype_)),
      copied_(copied) {}

bool ElementType::is_of(const Described& array) const {
    if (array.dtype != known_.ptr() && are_same_dtype(array.dtype, dtype_.ptr())) {
        known_ = nb::borrow(array.dtype);
    }
    return array.dtype == known_.ptr();
}

bool ElementType::is_aligned(const void* data, bool writable) const {
    return (copied_ && !writable) || reinterpret_cast<std::uintptr_t>(data) % alignment_ == 0;
}

Buffer::Buffer(nb::handle array, const char* what, const ElementType& type, bool writable,
               int dimensions)
    : array_(nb::borrow(array)) {
    if (!describe(array.ptr(), what, view_)) {
        throw nb::python_error();
    }
    const std::string name = what;
    if (!type.is_of(view_)) {
        refuse(PyExc_TypeError,
               name + " has dtype " + written(view_.dtype) + ": give " + written(type.dtype()));
    }
    if (view_.dimensions < 1 || view_.dimensions > dimensions) {
        refuse(PyExc_ValueError, name + " has " + std::to_string(view_.dimensions) +
                                     " dimensions: give " +
                                     (dimensions == 1 ? "one" : std::to_string(dimensions)));
    }
    if (!view_.contiguous) {
        refuse(PyExc_ValueError, name + " is not contiguous: give numpy.ascontiguousarray of it");
    }
    if (!type.is_aligned(view_.data, writable)) {
        refuse(PyExc_ValueError, name + " is not aligned: give a copy of it");
    }
    if (writable && !view_.writable) {
        refuse(PyExc_ValueError, name + " is read-only: give an array that can be written");
    }
}

void Buffer::expect(const char* what, std::initializer_list<std::size_t> shape) const {
    const auto same = [](std::size_t wanted, Py_ssize_t given) {
        return wanted == static_cast<std::size_t>(given);
    };
    if (std::equal(shape.begin(), shape.end(), view_.shape, view_.shape + view_.dimensions, same)) {
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
                                 text(view_.shape, view_.shape + view_.dimensions) +
                                 ": give the shape " + text(shape.begin(), shape.end()));
}

std::size_t Buffer::count() const { return static_cast<std::size_t>(view_.shape[0]); }

std::size_t Buffer::row() const {
    return view_.dimensions == 2 ? static_cast<std::size_t>(view_.shape[1]) : 1;
}

bool Buffer::overlaps(const Buffer& other) const {
    const auto* const mine = data<const char>();
    const auto* const theirs = other.data<const char>();
    return mine < theirs + other.view_.bytes && theirs < mine + view_.bytes;
}

}  // namespace hydrophone
