#include "bindings/library.hpp"

#include <algorithm>
#include <memory>
#include <new>

#include "bindings/arguments.hpp"
#include "bindings/fuse.hpp"
#include "bindings/series.hpp"
#include "bindings/stream.hpp"
#include "library/stream.hpp"

namespace hydrophone {
namespace {

struct PyLibrary {
    PyObject_HEAD const hydrophone_library* table;
};

const hydrophone_library& table_of(PyObject* self) {
    return *reinterpret_cast<PyLibrary*>(self)->table;
}

constexpr Element SAMPLES[2] = {Element::f32, Element::i16};
constexpr Element WEIGHTS[2] = {Element::f32, Element::u8};

bool short_enough(std::size_t count) {
    if (count > HYDROPHONE_LONGEST_FIXED) {
        PyErr_Format(PyExc_ValueError, "x has %zu samples: give at most %d of fixed point", count,
                     HYDROPHONE_LONGEST_FIXED);
        return false;
    }
    return true;
}

bool is_power_of_two(std::size_t count) { return count != 0 && (count & (count - 1)) == 0; }

PyObject* fuse(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* keywords) {
    return fuse_once(table_of(self), args, count, keywords);
}

// A kernel of one window.
template <auto float_kernel, auto fixed_kernel>
PyObject* of_one(PyObject* self, PyObject* array) {
    Column x;
    if (!read_column(array, "x", SAMPLES, x)) {
        return nullptr;
    }
    const hydrophone_library& table = table_of(self);
    if (x.element == Element::f32) {
        return PyFloat_FromDouble(
            static_cast<double>((table.*float_kernel)(x.as<const float>(), x.count)));
    }
    return short_enough(x.count)
               ? PyLong_FromLongLong((table.*fixed_kernel)(x.as<const std::int16_t>(), x.count))
               : nullptr;
}

bool equally_long(const Column& x, const Column& y) {
    if (x.element != y.element) {
        PyErr_SetString(PyExc_TypeError, "x and y differ in dtype: give both the same");
        return false;
    }
    if (x.count != y.count) {
        PyErr_Format(PyExc_ValueError, "x and y differ in length: %zu and %zu", x.count, y.count);
        return false;
    }
    return true;
}

// A kernel of two windows.
template <auto float_kernel, auto fixed_kernel>
PyObject* of_two(PyObject* self, PyObject* const* args, Py_ssize_t count) {
    Column x, y;
    if (count != 2) {
        return PyErr_Format(PyExc_TypeError, "give two arrays, not %zd", count);
    }
    if (!read_column(args[0], "x", SAMPLES, x) || !read_column(args[1], "y", SAMPLES, y) ||
        !equally_long(x, y)) {
        return nullptr;
    }
    const hydrophone_library& table = table_of(self);
    if (x.element == Element::f32) {
        return PyFloat_FromDouble(static_cast<double>(
            (table.*float_kernel)(x.as<const float>(), y.as<const float>(), x.count)));
    }
    return short_enough(x.count)
               ? PyLong_FromLongLong((table.*fixed_kernel)(x.as<const std::int16_t>(),
                                                           y.as<const std::int16_t>(), x.count))
               : nullptr;
}

PyObject* entropy(PyObject* self, PyObject* array) {
    Column x;
    if (!read_column(array, "x", WEIGHTS, x)) {
        return nullptr;
    }
    if (x.element == Element::f32) {
        return PyFloat_FromDouble(
            static_cast<double>(table_of(self).entropy_f32(x.as<const float>(), x.count)));
    }
    if (!is_power_of_two(x.count)) {
        return PyErr_Format(PyExc_ValueError, "x has %zu bin numbers: give a power of two",
                            x.count);
    }
    return short_enough(x.count)
               ? PyLong_FromLongLong(table_of(self).entropy_u8(x.as<const std::uint8_t>(), x.count))
               : nullptr;
}

PyObject* haar(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* keywords) {
    static constexpr const char* names[] = {"x", "out", "levels"};
    PyObject* given[3] = {};
    Column x, out;
    if (!read_arguments(names, 1, args, count, keywords, given) ||
        !read_column(given[0], "x", SAMPLES, x)) {
        return nullptr;
    }
    long long levels = 0;
    if (given[2] != nullptr && given[2] != Py_None) {
        if (!read_integer(given[2], "levels", levels)) {
            return nullptr;
        }
    } else {
        while (x.count != 0 && (x.count >> levels) % 2 == 0) {
            ++levels;
        }
        if (!is_power_of_two(x.count)) {
            return PyErr_Format(PyExc_ValueError,
                                "x has %zu samples: give a power of two, or levels", x.count);
        }
    }
    if (levels < 0 || levels > 62 || x.count % (std::size_t{1} << levels) != 0) {
        return PyErr_Format(PyExc_ValueError,
                            "levels is %lld: %zu samples are no multiple of 2**levels", levels,
                            x.count);
    }
    const bool fixed = x.element == Element::i16;
    if (fixed && levels > 16) {
        return PyErr_Format(PyExc_ValueError, "levels is %lld: give at most 16 of fixed point",
                            levels);
    }
    PyObject* const made =
        results(given[1], {1, {x.count}}, fixed ? Element::i32 : Element::f32, &x, 1, out);
    if (made != nullptr && fixed) {
        table_of(self).haar_i16(x.as<const std::int16_t>(), x.count, static_cast<int>(levels),
                                out.as<std::int32_t>());
    } else if (made != nullptr) {
        table_of(self).haar_f32(x.as<const float>(), x.count, static_cast<int>(levels),
                                out.as<float>());
    }
    return made;
}

// Of a copy of the bins: whoever writes to them meanwhile would make counts below zero of them.
int move_bins(const hydrophone_library& table, const std::uint8_t* bins, std::size_t n,
              std::size_t window, float* out) {
    const std::unique_ptr<std::uint8_t[]> taken(new (std::nothrow) std::uint8_t[n]);
    if (taken == nullptr) {
        return 1;
    }
    std::copy(bins, bins + n, taken.get());
    return table.moving_entropy_f32(taken.get(), n, window, out);
}

// The kernel of a whole series of float32, where there is one.
int move_floats(const hydrophone_library& table, hydrophone_kernel kernel, const Column* in,
                std::size_t window, const Column& out) {
    const auto* const x = in[0].as<const float>();
    const std::size_t n = in[0].count;
    PyThreadState* const others = n < LONG_SERIES ? nullptr : PyEval_SaveThread();
    int failed;
    switch (kernel) {
        case HYDROPHONE_AVERAGE:
            failed = table.moving_average_f32(x, n, window, out.as<float>());
            break;
        case HYDROPHONE_VARIANCE:
            failed = table.moving_variance_f32(x, n, window, out.as<float>());
            break;
        case HYDROPHONE_CORRELATION:
            failed = table.moving_correlation_f32(x, in[1].as<const float>(), n, window,
                                                  out.as<float>());
            break;
        case HYDROPHONE_ENTROPY:
            failed = move_bins(table, in[0].as<const std::uint8_t>(), n, window, out.as<float>());
            break;
        default:
            failed =
                table.moving_distance_f32(x, in[1].as<const float>(), n, window, out.as<float>());
    }
    if (others != nullptr) {
        PyEval_RestoreThread(others);
    }
    return failed;
}

// Along a series that has no kernel of its own: a stream takes it in.
PyObject* move_stream(const hydrophone_library& table, hydrophone_kernel kernel,
                      hydrophone_numbers numbers, const Column* in, long long window,
                      PyObject* given) {
    const KernelType type = kernel_type(kernel, numbers);
    hydrophone_stream* const stream = make_stream(table, kernel, numbers, window, 256);
    if (stream == nullptr) {
        return nullptr;
    }
    Column out;
    PyObject* const made =
        results(given, series_shape(*stream, in[0].count), type.result, in, type.pair ? 2 : 1, out);
    if (made != nullptr) {
        push_columns(*stream, in, type.pair, out);
    }
    delete stream;
    return made;
}

template <hydrophone_kernel kernel>
PyObject* moving(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* keywords) {
    constexpr bool pair = kernel == HYDROPHONE_CORRELATION || kernel == HYDROPHONE_DISTANCE;
    PyObject* given[4] = {};
    if constexpr (pair) {
        static constexpr const char* names[] = {"x", "y", "window", "out"};
        if (!read_arguments(names, 3, args, count, keywords, given)) {
            return nullptr;
        }
    } else {
        static constexpr const char* names[] = {"x", "window", "out"};
        PyObject* single[3] = {};
        if (!read_arguments(names, 2, args, count, keywords, single)) {
            return nullptr;
        }
        given[0] = single[0];
        given[2] = single[1];
        given[3] = single[2];
    }
    constexpr Element bins[2] = {Element::u8, Element::u8};
    const auto& allowed = kernel == HYDROPHONE_ENTROPY ? bins : SAMPLES;
    Column in[2], out;
    long long window;
    if (!read_column(given[0], "x", allowed, in[0]) ||
        (pair && (!read_column(given[1], "y", allowed, in[1]) || !equally_long(in[0], in[1]))) ||
        !read_integer(given[2], "window", window)) {
        return nullptr;
    }
    const hydrophone_library& table = table_of(self);
    const bool fixed = kernel == HYDROPHONE_ENTROPY ? is_array_of(given[3], Element::i64)
                                                    : in[0].element == Element::i16;
    if (kernel == HYDROPHONE_HAAR || fixed) {
        return move_stream(table, kernel, fixed ? HYDROPHONE_FIXED : HYDROPHONE_F32, in, window,
                           given[3]);
    }
    if (kernel == HYDROPHONE_ENTROPY) {
        if (!check_window(kernel, HYDROPHONE_F32, window)) {
            return nullptr;
        }
    } else if (window < 1) {
        return PyErr_Format(PyExc_ValueError, "window is %lld: give at least 1 sample", window);
    }
    PyObject* const made =
        results(given[3], {1, {in[0].count}}, Element::f32, in, pair ? 2 : 1, out);
    if (made != nullptr &&
        move_floats(table, kernel, in, static_cast<std::size_t>(window), out) != 0) {
        Py_DECREF(made);
        return PyErr_NoMemory();
    }
    return made;
}

PyObject* make(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
    static const char* const names[] = {"isa", nullptr};
    const char* isa = "";
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|s", const_cast<char**>(names), &isa)) {
        return nullptr;
    }
    const hydrophone_library* const table = find_library(isa);
    PyObject* const self = table == nullptr ? nullptr : PyType_GenericNew(type, nullptr, nullptr);
    if (self != nullptr) {
        reinterpret_cast<PyLibrary*>(self)->table = table;
    }
    return self;
}

PyObject* isa(PyObject* self, void*) { return PyUnicode_FromString(table_of(self).isa); }

}  // namespace

bool add_library(PyObject* module) {
    using L = hydrophone_library;
    constexpr int fast = METH_FASTCALL | METH_KEYWORDS;
    static PyMethodDef methods[] = {
        {"average", of_one<&L::average_f32, &L::average_i16>, METH_O, nullptr},
        {"variance", of_one<&L::variance_f32, &L::variance_i16>, METH_O, nullptr},
        {"correlation", as_method(of_two<&L::correlation_f32, &L::correlation_i16>), METH_FASTCALL,
         nullptr},
        {"distance", as_method(of_two<&L::distance_f32, &L::distance_i16>), METH_FASTCALL, nullptr},
        {"entropy", entropy, METH_O, nullptr},
        {"haar", as_method(haar), fast, nullptr},
        {"moving_average", as_method(moving<HYDROPHONE_AVERAGE>), fast, nullptr},
        {"moving_variance", as_method(moving<HYDROPHONE_VARIANCE>), fast, nullptr},
        {"moving_correlation", as_method(moving<HYDROPHONE_CORRELATION>), fast, nullptr},
        {"moving_distance", as_method(moving<HYDROPHONE_DISTANCE>), fast, nullptr},
        {"moving_entropy", as_method(moving<HYDROPHONE_ENTROPY>), fast, nullptr},
        {"moving_haar", as_method(moving<HYDROPHONE_HAAR>), fast, nullptr},
        {"fuse", as_method(fuse), fast, nullptr},
        {nullptr, nullptr, 0, nullptr},
    };
    static PyGetSetDef properties[] = {{"isa", isa, nullptr, nullptr, nullptr},
                                       {nullptr, nullptr, nullptr, nullptr, nullptr}};
    static PyType_Slot slots[] = {
        {Py_tp_new, reinterpret_cast<void*>(make)},
        {Py_tp_methods, methods},
        {Py_tp_getset, properties},
        {0, nullptr},
    };
    static PyType_Spec spec = {"hydrophone._kernels.Library", sizeof(PyLibrary), 0,
                               Py_TPFLAGS_DEFAULT, slots};
    if (!import_numpy()) {
        return false;
    }
    PyObject* const type = PyType_FromSpec(&spec);
    return type != nullptr && PyModule_AddObject(module, "Library", type) == 0 &&
           add_stream(module) && add_fusion_stream(module);
}

}  // namespace hydrophone
