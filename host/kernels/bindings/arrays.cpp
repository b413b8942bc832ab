#include "bindings/arrays.hpp"

#define NPY_NO_DEPRECATED_API NPY_1_7_API_VERSION
#include <numpy/arrayobject.h>

#include <string>
#include <string_view>

namespace hydrophone {
namespace {

struct Known {
    int number;
    const char* name;
    std::size_t size;
};

Known known(Element element) {
    switch (element) {
        case Element::f32:
            return {NPY_FLOAT32, "float32", 4};
        case Element::i16:
            return {NPY_INT16, "int16", 2};
        case Element::u8:
            return {NPY_UINT8, "uint8", 1};
        case Element::i32:
            return {NPY_INT32, "int32", 4};
        case Element::i64:
            return {NPY_INT64, "int64", 8};
        case Element::flag:
            return {NPY_BOOL, "bool", 1};
    }
    return {NPY_NOTYPE, "", 0};
}

bool wrong_type(PyArrayObject* array, const char* name, const std::string& wanted) {
    PyErr_Format(PyExc_TypeError, "%s has dtype %S: give %s", name, PyArray_DESCR(array),
                 wanted.c_str());
    return false;
}

// Whether it is an array with a mask; -1 with a Python error.
int is_masked(PyObject* array) {
    if (PyArray_CheckExact(array)) {
        return 0;
    }
    PyObject* const module = PyImport_ImportModule("numpy.ma");
    PyObject* const type =
        module == nullptr ? nullptr : PyObject_GetAttrString(module, "MaskedArray");
    Py_XDECREF(module);
    const int masked = type == nullptr ? -1 : PyObject_IsInstance(array, type);
    Py_XDECREF(type);
    return masked;
}

// An array, and none whose mask would be lost.
bool is_array(PyObject* object, const char* name) {
    if (!PyArray_Check(object)) {
        PyErr_Format(PyExc_TypeError, "%s is a %s: give a NumPy array", name,
                     Py_TYPE(object)->tp_name);
        return false;
    }
    const int masked = is_masked(object);
    if (masked > 0) {
        PyErr_Format(PyExc_ValueError,
                     "%s has a mask, which would be lost: give its .filled(value), or its .data",
                     name);
    }
    return masked == 0;
}

// Contiguous and aligned.
bool is_plain(PyArrayObject* array, const char* name) {
    const bool contiguous = PyArray_IS_C_CONTIGUOUS(array);
    if (contiguous && PyArray_ISALIGNED(array)) {
        return true;
    }
    const bool is_result = std::string_view(name) == "out";
    PyErr_Format(PyExc_ValueError, "%s is not %s: give %s", name,
                 contiguous ? "aligned" : "contiguous",
                 is_result ? "a whole new array, and copy the results from it" : "a copy of it");
    return false;
}

// Whether elements of this kind are of the type; C has two names for some.
bool is_of(PyArrayObject* array, Element element) {
    return PyArray_ISNOTSWAPPED(array) &&
           PyArray_EquivTypenums(PyArray_TYPE(array), known(element).number) != 0;
}

// As Python writes it.
std::string written(const Shape& shape) {
    std::string text = "(";
    for (int i = 0; i < shape.dimensions; ++i) {
        text += (i ? ", " : "") + std::to_string(shape.size[i]);
    }
    return text + (shape.dimensions == 1 ? ",)" : ")");
}

Shape shape_of(PyArrayObject* array) {
    Shape shape = {PyArray_NDIM(array), {}};
    for (int i = 0; i < shape.dimensions && i < 3; ++i) {
        shape.size[i] = static_cast<std::size_t>(PyArray_DIM(array, i));
    }
    return shape;
}

bool wrong_shape(PyArrayObject* array, const char* name, const Shape& wanted) {
    PyObject* const given = PyArray_IntTupleFromIntp(PyArray_NDIM(array), PyArray_DIMS(array));
    if (given != nullptr) {
        PyErr_Format(PyExc_ValueError, "%s has shape %R: give %s", name, given,
                     written(wanted).c_str());
        Py_DECREF(given);
    }
    return false;
}

bool overlap(const Column& a, const Column& b) {
    const auto* const mine = a.as<const char>();
    const auto* const theirs = b.as<const char>();
    return mine < theirs + b.count * known(b.element).size &&
           theirs < mine + a.count * known(a.element).size;
}

}  // namespace

bool import_numpy() {
    import_array1(false);
    return true;
}

bool describe(PyObject* object, const char* name, Described& described) {
    if (!is_array(object, name)) {
        return false;
    }
    auto* const array = reinterpret_cast<PyArrayObject*>(object);
    described = {PyArray_DATA(array),
                 static_cast<std::size_t>(PyArray_NBYTES(array)),
                 reinterpret_cast<PyObject*>(PyArray_DESCR(array)),
                 PyArray_NDIM(array),
                 PyArray_DIMS(array),
                 PyArray_IS_C_CONTIGUOUS(array) != 0,
                 PyArray_ISWRITEABLE(array) != 0};
    return true;
}

bool are_same_dtype(PyObject* a, PyObject* b) {
    return a == b || PyArray_EquivTypes(reinterpret_cast<PyArray_Descr*>(a),
                                        reinterpret_cast<PyArray_Descr*>(b)) != 0;
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

bool read_array(PyObject* object, const char* name, Element element, Shape& shape, Column& column) {
    if (!is_array(object, name)) {
        return false;
    }
    auto* const array = reinterpret_cast<PyArrayObject*>(object);
    if (!is_of(array, element)) {
        return wrong_type(array, name, known(element).name);
    }
    const Shape given = shape_of(array);
    if (given.dimensions != shape.dimensions) {
        PyErr_Format(PyExc_ValueError, "%s has %d dimensions: give %d", name, given.dimensions,
                     shape.dimensions);
        return false;
    }
    for (int i = 0; i < shape.dimensions; ++i) {
        shape.size[i] = shape.size[i] ? shape.size[i] : given.size[i];
    }
    if (!(given == shape)) {
        return wrong_shape(array, name, shape);
    }
    column = {PyArray_DATA(array), shape.count(), element};
    return is_plain(array, name);
}

PyObject* results(PyObject* out, const Shape& shape, Element element, const Column* inputs,
                  std::size_t input_count, Column& column) {
    column = {nullptr, shape.count(), element};
    if (out == nullptr || out == Py_None) {
        npy_intp sizes[3];
        for (int i = 0; i < shape.dimensions; ++i) {
            sizes[i] = static_cast<npy_intp>(shape.size[i]);
        }
        PyObject* const made = PyArray_SimpleNew(shape.dimensions, sizes, known(element).number);
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
    if (!(shape_of(array) == shape)) {
        wrong_shape(array, "out", shape);
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
    for (std::size_t i = 0; i < input_count; ++i) {
        if (overlap(column, inputs[i])) {
            PyErr_SetString(PyExc_ValueError, "out overlaps an input: give it memory of its own");
            return nullptr;
        }
    }
    return Py_NewRef(out);
}

bool is_array_of(PyObject* object, Element element) {
    return object != nullptr && PyArray_Check(object) &&
           is_of(reinterpret_cast<PyArrayObject*>(object), element);
}

PyObject* lasting_array(Column& column, PyObject*& owner) {
    void* const memory = PyMem_Calloc(column.count, known(column.element).size);
    if (memory == nullptr) {
        return PyErr_NoMemory();
    }
    owner = PyCapsule_New(memory, nullptr, [](PyObject* capsule) {
        PyMem_Free(PyCapsule_GetPointer(capsule, nullptr));
    });
    if (owner == nullptr) {
        PyMem_Free(memory);
        return nullptr;
    }
    column.data = memory;
    npy_intp sizes[1] = {static_cast<npy_intp>(column.count)};
    PyObject* const array =
        PyArray_SimpleNewFromData(1, sizes, known(column.element).number, memory);
    if (array == nullptr ||
        PyArray_SetBaseObject(reinterpret_cast<PyArrayObject*>(array), Py_NewRef(owner)) != 0) {
        Py_XDECREF(array);
        Py_CLEAR(owner);
        return nullptr;
    }
    return array;
}

}  // namespace hydrophone
