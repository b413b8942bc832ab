#include "bindings/stream.hpp"

#include <cstdint>
#include <exception>
#include <utility>

#include "engine/dispatch.hpp"
#include "library/stream.hpp"

namespace hydrophone {
namespace {

struct PyStream {
    PyObject_HEAD hydrophone_stream* stream;
    KernelType type;
    hydrophone_numbers numbers;
    double low, high;
    std::size_t bins;
    // The row that a push returns; null for streams with one result.
    PyObject* row;
};

PyStream* self_of(PyObject* self) { return reinterpret_cast<PyStream*>(self); }

// False with a Python error where a subclass has not called the constructor.
bool is_made(const PyStream& self) {
    if (self.stream == nullptr) {
        PyErr_SetString(PyExc_RuntimeError, "the stream was never made: call super().__init__");
    }
    return self.stream != nullptr;
}

template <class T>
void store_row(void* to, const double* row, std::size_t width) {
    for (std::size_t i = 0; i < width; ++i) {
        static_cast<T*>(to)[i] = static_cast<T>(row[i]);
    }
}

// The row of results that the stream, just pushed, has for the sample at that place.
void store_result(const hydrophone_stream& stream, std::size_t width, double pushed,
                  const Column& out, std::size_t at) {
    const double* const row = width == 1 ? &pushed : stream.row();
    switch (out.element) {
        case Element::f32:
            return store_row<float>(out.as<float>() + at * width, row, width);
        case Element::i32:
            return store_row<std::int32_t>(out.as<std::int32_t>() + at * width, row, width);
        default:
            return store_row<std::int64_t>(out.as<std::int64_t>() + at * width, row, width);
    }
}

double sample_at(const Column& column, std::size_t at) {
    switch (column.element) {
        case Element::f32:
            return static_cast<double>(column.as<const float>()[at]);
        case Element::i16:
            return column.as<const std::int16_t>()[at];
        default:
            return column.as<const std::uint8_t>()[at];
    }
}

int initialise(PyObject* object, PyObject* args, PyObject* kwargs) {
    static const char* const names[] = {"kernel", "fixed", "window", "bins", "isa", nullptr};
    int kernel, fixed;
    long long window, bins;
    const char* isa;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "ipLLs", const_cast<char**>(names), &kernel,
                                     &fixed, &window, &bins, &isa)) {
        return -1;
    }
    PyStream& self = *self_of(object);
    const hydrophone_library* const library = find_library(isa);
    if (library == nullptr) {
        return -1;
    }
    const auto kind = static_cast<hydrophone_kernel>(kernel);
    const auto numbers = fixed ? HYDROPHONE_FIXED : HYDROPHONE_F32;
    hydrophone_stream* const stream = make_stream(*library, kind, numbers, window, bins);
    if (stream == nullptr) {
        return -1;
    }
    delete std::exchange(self.stream, stream);
    self.type = kernel_type(kind, numbers);
    self.numbers = numbers;
    self.bins = static_cast<std::size_t>(bins);
    self.low = self.type.sample == Element::u8 ? 0 : INT16_MIN;
    self.high = self.type.sample == Element::u8 ? static_cast<double>(bins - 1) : INT16_MAX;
    if (kind == HYDROPHONE_HAAR) {
        Column column;
        PyObject* const row =
            results(nullptr, {1, {stream->width()}}, self.type.result, nullptr, 0, column);
        if (row == nullptr) {
            return -1;
        }
        Py_XDECREF(std::exchange(self.row, row));
    }
    return 0;
}

void finalise(PyObject* object) {
    PyStream& self = *self_of(object);
    delete self.stream;
    Py_XDECREF(self.row);
    PyTypeObject* const type = Py_TYPE(object);
    type->tp_free(object);
    Py_DECREF(type);
}

// A sample as a number within its range; false with a Python error.
bool read_sample(const PyStream& self, PyObject* object, double& value) {
    value = PyFloat_CheckExact(object) ? PyFloat_AS_DOUBLE(object) : PyFloat_AsDouble(object);
    if (value == -1.0 && PyErr_Occurred()) {
        return false;
    }
    if (self.type.sample == Element::f32) {
        return true;
    }
    if (!(value >= self.low && value <= self.high) ||
        value != static_cast<double>(static_cast<long>(value))) {
        PyErr_Format(PyExc_ValueError, "%R is no sample: give an integer from %d to %d", object,
                     static_cast<int>(self.low), static_cast<int>(self.high));
        return false;
    }
    return true;
}

PyObject* push(PyObject* object, PyObject* const* args, Py_ssize_t count) {
    const PyStream& self = *self_of(object);
    if (!is_made(self)) {
        return nullptr;
    }
    const Py_ssize_t wanted = self.type.pair ? 2 : 1;
    if (count != wanted) {
        return PyErr_Format(PyExc_TypeError, "push takes %zd samples, %zd were given", wanted,
                            count);
    }
    double x, y = 0;
    if (!read_sample(self, args[0], x) || (self.type.pair && !read_sample(self, args[1], y))) {
        return nullptr;
    }
    const double result = self.stream->push(x, y);
    if (self.row != nullptr) {
        Column row;
        Py_XDECREF(
            results(self.row, {1, {self.stream->width()}}, self.type.result, nullptr, 0, row));
        store_result(*self.stream, self.stream->width(), result, row, 0);
        return Py_NewRef(self.row);
    }
    return self.numbers == HYDROPHONE_FIXED ? PyLong_FromLongLong(static_cast<long long>(result))
                                            : PyFloat_FromDouble(result);
}

PyObject* push_many(PyObject* object, PyObject* const* args, Py_ssize_t count) {
    const PyStream& self = *self_of(object);
    if (!is_made(self)) {
        return nullptr;
    }
    const Py_ssize_t inputs = self.type.pair ? 2 : 1;
    if (count < inputs || count > inputs + 1) {
        return PyErr_Format(PyExc_TypeError,
                            "push_many takes %zd arrays and one for results, %zd were given",
                            inputs, count);
    }
    Column in[2], out;
    const Element sample[2] = {self.type.sample, self.type.sample};
    if (!read_column(args[0], "x", sample, in[0]) ||
        (self.type.pair && !read_column(args[1], "y", sample, in[1]))) {
        return nullptr;
    }
    if (self.type.pair && in[0].count != in[1].count) {
        return PyErr_Format(PyExc_ValueError, "x and y differ in length: %zu and %zu", in[0].count,
                            in[1].count);
    }
    if (sample[0] == Element::u8 && !check_bins(in[0], self.bins)) {
        return nullptr;
    }
    PyObject* const made =
        results(count > inputs ? args[inputs] : nullptr, series_shape(*self.stream, in[0].count),
                self.type.result, in, static_cast<std::size_t>(inputs), out);
    if (made != nullptr) {
        push_columns(*self.stream, in, self.type.pair, out);
    }
    return made;
}

PyObject* reset(PyObject* object, PyObject*) {
    if (!is_made(*self_of(object))) {
        return nullptr;
    }
    self_of(object)->stream->reset();
    Py_RETURN_NONE;
}

}  // namespace

KernelType kernel_type(hydrophone_kernel kernel, hydrophone_numbers numbers) {
    const bool fixed = numbers == HYDROPHONE_FIXED;
    return {kernel == HYDROPHONE_CORRELATION || kernel == HYDROPHONE_DISTANCE,
            kernel == HYDROPHONE_ENTROPY ? Element::u8
            : fixed                      ? Element::i16
                                         : Element::f32,
            !fixed                      ? Element::f32
            : kernel == HYDROPHONE_HAAR ? Element::i32
                                        : Element::i64};
}

bool check_window(hydrophone_kernel kernel, hydrophone_numbers numbers, long long window) {
    const bool power_of_two = kernel == HYDROPHONE_ENTROPY || kernel == HYDROPHONE_HAAR;
    const bool fixed = kernel == HYDROPHONE_ENTROPY || numbers == HYDROPHONE_FIXED;
    const long long longest = fixed ? HYDROPHONE_LONGEST_FIXED : 1LL << 31;
    const long long shortest = kernel == HYDROPHONE_HAAR ? 2 : 1;
    if (window < shortest || window > longest) {
        PyErr_Format(PyExc_ValueError, "window is %lld: give %lld to %lld samples", window,
                     shortest, longest);
        return false;
    }
    if (power_of_two && (window & (window - 1)) != 0) {
        PyErr_Format(PyExc_ValueError, "window is %lld: give a power of two", window);
        return false;
    }
    return true;
}

hydrophone_stream* make_stream(const hydrophone_library& library, hydrophone_kernel kernel,
                               hydrophone_numbers numbers, long long window, long long bins) {
    if (!check_window(kernel, numbers, window)) {
        return nullptr;
    }
    if (kernel == HYDROPHONE_ENTROPY && (bins < 1 || bins > 256)) {
        PyErr_Format(PyExc_ValueError, "bins is %lld: give 1 to 256", bins);
        return nullptr;
    }
    hydrophone_stream* const stream = library.stream(
        kernel, numbers, static_cast<std::size_t>(window), static_cast<std::size_t>(bins));
    if (stream == nullptr) {
        PyErr_NoMemory();
    }
    return stream;
}

Shape series_shape(const hydrophone_stream& stream, std::size_t count) {
    return {stream.width() == 1 ? 1 : 2, {count, stream.width() == 1 ? 0 : stream.width()}};
}

void push_columns(hydrophone_stream& stream, const Column* in, bool pair, const Column& out) {
    const std::size_t width = stream.width();
    PyThreadState* const others = in[0].count < LONG_SERIES ? nullptr : PyEval_SaveThread();
    for (std::size_t i = 0; i < in[0].count; ++i) {
        const double pushed = stream.push(sample_at(in[0], i), pair ? sample_at(in[1], i) : 0.0);
        store_result(stream, width, pushed, out, i);
    }
    if (others != nullptr) {
        PyEval_RestoreThread(others);
    }
}

bool check_bins(const Column& bins, std::size_t count) {
    for (std::size_t i = 0; i < bins.count; ++i) {
        if (bins.as<const std::uint8_t>()[i] >= count) {
            PyErr_Format(PyExc_ValueError, "x holds bin %d at %zu: there are %zu bins",
                         static_cast<int>(bins.as<const std::uint8_t>()[i]), i, count);
            return false;
        }
    }
    return true;
}

const hydrophone_library* find_library(const char* isa) {
    try {
        return choose_isa(isa).library;
    } catch (const std::exception& error) {
        PyErr_SetString(PyExc_ValueError, error.what());
        return nullptr;
    }
}

bool add_stream(PyObject* module) {
    static PyMethodDef methods[] = {
        {"push", as_method(push), METH_FASTCALL, nullptr},
        {"push_many", as_method(push_many), METH_FASTCALL, nullptr},
        {"reset", reset, METH_NOARGS, nullptr},
        {nullptr, nullptr, 0, nullptr},
    };
    static PyType_Slot slots[] = {
        {Py_tp_new, reinterpret_cast<void*>(PyType_GenericNew)},
        {Py_tp_init, reinterpret_cast<void*>(initialise)},
        {Py_tp_dealloc, reinterpret_cast<void*>(finalise)},
        {Py_tp_methods, methods},
        {0, nullptr},
    };
    static PyType_Spec spec = {"hydrophone._kernels.Stream", sizeof(PyStream), 0,
                               Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};
    PyObject* const type = PyType_FromSpec(&spec);
    return type != nullptr && PyModule_AddObject(module, "Stream", type) == 0;
}

}  // namespace hydrophone
