// Fast access to NumPy arrays: a kernel takes less time than the buffer protocol.
#pragma once

#include <Python.h>

#include <cstddef>
#include <cstdint>

namespace hydrophone {

// What elements may be.
enum class Element { f32, i16, u8, i32, i64, flag };

// Sizes of an array of up to three dimensions.
struct Shape {
    int dimensions;
    std::size_t size[3];

    bool operator==(const Shape&) const = default;
    std::size_t count() const {
        return size[0] * (dimensions > 1 ? size[1] : 1) * (dimensions > 2 ? size[2] : 1);
    }
};

// An array's memory, all its elements; borrowed, so the array must outlive it.
struct Column {
    void* data;
    std::size_t count;
    Element element;

    template <class T>
    T* as() const {
        return static_cast<T*>(data);
    }
};

// Must be called once before the others; false with a Python error.
bool import_numpy();

// What an array is, whatever its class says of it; borrowed.
struct Described {
    void* data;
    std::size_t bytes;
    PyObject* dtype;
    int dimensions;
    const Py_ssize_t* shape;
    bool contiguous;
    bool writable;
};

// False with a Python error that begins with the name, unless it is an array without a mask.
bool describe(PyObject* array, const char* name, Described& described);

// Whether elements of two dtypes are alike in memory.
bool are_same_dtype(PyObject* a, PyObject* b);

// The memory of a contiguous array of one dimension and one of the `allowed` types, at most two;
// false with a Python error that begins with the name.
bool read_column(PyObject* array, const char* name, const Element (&allowed)[2], Column& column);

// The memory of a contiguous array of that type. Sizes of the shape that are 0 may be anything, and
// are filled in; false with a Python error.
bool read_array(PyObject* array, const char* name, Element element, Shape& shape, Column& column);

// The caller's array for results, of that shape, that overlaps none of the inputs; or a new one if
// `out` is null or None. A new reference, or null with a Python error.
PyObject* results(PyObject* out, const Shape& shape, Element element, const Column* inputs,
                  std::size_t input_count, Column& column);

// Whether an object, which may be null, is an array of that type; no error.
bool is_array_of(PyObject* object, Element element);

// A new array of one dimension for so many elements as the column says, which is given the memory.
// It stays as long as the capsule `owner`, a new reference too, and whatever the array's users make
// of the array. Null with a Python error.
PyObject* lasting_array(Column& column, PyObject*& owner);

}  // namespace hydrophone
