#include "bindings/arrays.hpp"

#define NPY_NO_DEPRECATED_API NPY_1_7_API_VERSION
#include <numpy/arrayobject.h>

#include <string>

namespace hydrophone {
namespace {

struct Known {
    int number;
    const char* name;
};

Known known(Element element) {
    switch (element) {
        case Element::f32:
            return {NPY_FLOAT32, "float32"};
        case Element::i16:
            return {NPY_INT16, "int16"};
        case Element::u8:
            return {NPY_UINT8, "uint8"};
        case Element::i32:
            return {NPY_INT32, "int32"};
        case Element::i64:
            return {NPY_INT64, "int64"};
    }
    return {NPY_NOTYPE, ""};
}

bool wrong_type(PyArrayObject* array, const char* name, const std::string& wanted) {
    PyErr_Format(PyExc_TypeError, "%s has dtype %S: give %s", name, PyArray_DESCR(array),
                 wanted.c_str());
    return false;
}

bool is_array(PyObject* object, const char* name) {
    if (!PyArray_Check(object)) {
        PyErr_Format(PyExc_TypeError, "%s is a %s: give a NumPy array", name,
                     Py_TYPE(object)->tp_name);
        return false;
    }
    return true;
}

// Contiguous and aligned.
bool is_plain(PyArrayObject* array, const char* name) {
    if (!PyArray_ISCARRAY_RO(array)) {
        PyErr_Format(PyExc_ValueError, "%s is not contiguous: give numpy.ascontiguousarray of it",
                     name);
        return false;
    }
    return true;
}

// Whether elements of this kind are of the type; C has two names for some.
bool is_of(PyArrayObject* array, Element element) {
    return PyArray_ISNOTSWAPPED(array) &&
           PyArray_EquivTypenums(PyArray_TYPE(array), known(element).number) != 0;
}

}  // namespace

bool import_numpy() {
    import_array1(false);
    return true;
}

bool read_column(PyObject* object, const char* name, const Element (&allowed)[2], Column& column) {
    if (!is_array(object, name)) {
        return false;
    }
    auto* const array = reinterpret_cast<PyArrayObject*>(object);
    const int type = PyArray_ISNOTSWAPPED(array) ? PyArray_TYPE(array) : NPY_NOTYPE;
    if (type == known(allowed[0]).number) {
        column.element = allowed[0];
    } else if (type == known(allowed[1]).number) {
        column.element = allowed[1];
    } else {
        std::string wanted = known(allowed[0]).name;
        if (allowed[1] != allowed[0]) {
            wanted += std::string(" or ") + known(allowed[1]).name;
        }
        return wrong_type(array, name, wanted);
    }
    if (PyArray_NDIM(array) != 1) {
        PyErr_Format(PyExc_ValueError, "%s has %d dimensions: give one", name, PyArray_NDIM(array));
        return false;
    }
    if (!is_plain(array, name)) {
        return false;
    }
    column.data = PyArray_DATA(array);
    column.count = static_cast<std::size_t>(PyArray_DIM(array, 0));
    return true;
}

PyObject* results(PyObject* out, std::size_t count, std::size_t width, Element element,
                  const Column* inputs, std::size_t input_count, Column& column) {
    const int dimensions = width == 1 ? 1 : 2;
    npy_intp shape[2] = {static_cast<npy_intp>(count), static_cast<npy_intp>(width)};
    column.count = count;
    column.element = element;
    if (out == nullptr || out == Py_None) {
        PyObject* const made = PyArray_SimpleNew(dimensions, shape, known(element).number);
        if (made != nullptr) {
            column.data = PyArray_DATA(reinterpret_cast<PyArrayObject*>(made));
        }
        return made;
    }
    if (!is_array(out, "out")) {
        return nullptr;
    }
    auto* const array = reinterpret_cast<PyArrayObject*>(out);
    if (!is_of(array, element)) {
        wrong_type(array, "out", known(element).name);
        return nullptr;
    }
    if (PyArray_NDIM(array) != dimensions || PyArray_DIM(array, 0) != shape[0] ||
        (dimensions == 2 && PyArray_DIM(array, 1) != shape[1])) {
        if (dimensions == 1) {
            PyErr_Format(PyExc_ValueError, "out has the wrong shape: give (%zu,)", count);
        } else {
            PyErr_Format(PyExc_ValueError, "out has the wrong shape: give (%zu, %zu)", count,
                         width);
        }
        return nullptr;
    }
    if (!is_plain(array, "out")) {
        return nullptr;
    }
    if (!PyArray_ISWRITEABLE(array)) {
        PyErr_SetString(PyExc_ValueError, "out is read-only: give an array that can be written");
        return nullptr;
    }
    column.data = PyArray_DATA(array);
    const auto* const begin = column.as<const char>();
    const char* const end = begin + PyArray_NBYTES(array);
    for (std::size_t i = 0; i < input_count; ++i) {
        const auto* const from = inputs[i].as<const char>();
        const std::size_t size = inputs[i].element == Element::f32   ? 4
                                 : inputs[i].element == Element::i16 ? 2
                                                                     : 1;
        if (begin < from + inputs[i].count * size && from < end) {
            PyErr_SetString(PyExc_ValueError, "out overlaps an input: give it memory of its own");
            return nullptr;
        }
    }
    return Py_NewRef(out);
}

}  // namespace hydrophone
