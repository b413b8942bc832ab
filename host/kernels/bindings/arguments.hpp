// Arguments of fast calls.
#pragma once

#include <Python.h>

#include <cstddef>
#include <string_view>

namespace hydrophone {

// Whether a keyword is that name, which is in ASCII.
inline bool is_named(PyObject* keyword, std::string_view name) {
    return PyUnicode_IS_COMPACT_ASCII(keyword) &&
           name == std::string_view(static_cast<const char*>(PyUnicode_DATA(keyword)),
                                    static_cast<std::size_t>(PyUnicode_GET_LENGTH(keyword)));
}

// Arguments by place or by name into `values`, which are null where nothing was given.
template <std::size_t most>
bool read_arguments(const char* const (&names)[most], std::size_t needed, PyObject* const* args,
                    Py_ssize_t count, PyObject* keywords, PyObject* (&values)[most]) {
    if (static_cast<std::size_t>(count) > most) {
        PyErr_Format(PyExc_TypeError, "give at most %zu arguments, not %zd", most, count);
        return false;
    }
    for (Py_ssize_t i = 0; i < count; ++i) {
        values[i] = args[i];
    }
    const Py_ssize_t named = keywords == nullptr ? 0 : PyTuple_GET_SIZE(keywords);
    for (Py_ssize_t i = 0; i < named; ++i) {
        PyObject* const name = PyTuple_GET_ITEM(keywords, i);
        std::size_t place = 0;
        while (place < most && !is_named(name, names[place])) {
            ++place;
        }
        if (place == most || values[place] != nullptr) {
            PyErr_Format(PyExc_TypeError, "%R is no argument, or was given twice", name);
            return false;
        }
        values[place] = args[count + i];
    }
    for (std::size_t place = 0; place < needed; ++place) {
        if (values[place] == nullptr) {
            PyErr_Format(PyExc_TypeError, "%s is missing", names[place]);
            return false;
        }
    }
    return true;
}

// Methods with fast calls, as tables of methods take them.
template <class Function>
PyCFunction as_method(Function function) {
    return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
}

// False with a Python error where the argument of that name is no integer of 64 bits.
inline bool read_integer(PyObject* object, const char* name, long long& value) {
    value = PyLong_AsLongLong(object);
    if (value != -1 || !PyErr_Occurred()) {
        return true;
    }
    if (PyErr_ExceptionMatches(PyExc_TypeError)) {
        PyErr_Format(PyExc_TypeError, "%s is %R: give an integer", name, object);
    } else if (PyErr_ExceptionMatches(PyExc_OverflowError)) {
        PyErr_Format(PyExc_ValueError, "%s is %R: give an integer below 2**63", name, object);
    }
    return false;
}

}  // namespace hydrophone
