#include "bindings/stream.hpp"

#include <utility>

#include "bindings/arguments.hpp"
#include "bindings/series.hpp"
#include "bindings/turn.hpp"
#include "library/stream.hpp"

namespace hydrophone {
namespace {

struct PyStream {
    PyObject_HEAD hydrophone_stream* stream;
    // Whether a call is at work on the stream; its own thread may have let others run.
    bool busy;
    KernelType type;
    hydrophone_numbers numbers;
    double low, high;
    std::size_t bins;
    // The row that a push returns, and its memory; null for streams with one result.
    PyObject* row;
    PyObject* row_owner;
    Column row_memory;
};

PyStream& self_of(PyObject* self) { return *reinterpret_cast<PyStream*>(self); }

// False with a Python error while another call is at work on the stream.
bool is_free(const PyStream& self) {
    if (self.busy) {
        PyErr_SetString(PyExc_RuntimeError,
                        "another thread is using this stream: give each thread its own");
    }
    return !self.busy;
}

// False with a Python error where a subclass has not called the constructor.
bool is_made(const PyStream& self) {
    if (self.stream == nullptr) {
        PyErr_SetString(PyExc_RuntimeError, "the stream was never made: call super().__init__");
    }
    return self.stream != nullptr;
}

// A method as Python calls it: one at a time on a stream, which has been made.
template <auto method>
struct InTurn;
template <class... Args, PyObject* (*method)(PyStream&, Args...)>
struct InTurn<method> {
    static PyObject* call(PyObject* object, Args... args) {
        PyStream& self = self_of(object);
        if (!is_free(self) || !is_made(self)) {
            return nullptr;
        }
        const Turn turn(self.busy);
        return method(self, args...);
    }
};

int initialise(PyObject* object, PyObject* args, PyObject* kwargs) {
    static const char* const names[] = {"kernel", "fixed", "window", "bins", "isa", nullptr};
    int kernel, fixed;
    long long window, bins;
    PyObject *window_given, *bins_given;
    const char* isa;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "ipOOs", const_cast<char**>(names), &kernel,
                                     &fixed, &window_given, &bins_given, &isa) ||
        !read_integer(window_given, "window", window) || !read_integer(bins_given, "bins", bins)) {
        return -1;
    }
    if (kernel < HYDROPHONE_AVERAGE || kernel > HYDROPHONE_HAAR) {
        PyErr_Format(PyExc_ValueError, "kernel is %d: give %d to %d", kernel,
                     static_cast<int>(HYDROPHONE_AVERAGE), static_cast<int>(HYDROPHONE_HAAR));
        return -1;
    }
    PyStream& self = self_of(object);
    const hydrophone_library* const library = find_library(isa);
    if (library == nullptr || !is_free(self)) {
        return -1;
    }
    const auto kind = static_cast<hydrophone_kernel>(kernel);
    const auto numbers = fixed ? HYDROPHONE_FIXED : HYDROPHONE_F32;
    const KernelType type = kernel_type(kind, numbers);
    hydrophone_stream* const stream = make_stream(*library, kind, numbers, window, bins);
    if (stream == nullptr) {
        return -1;
    }
    PyObject *row = nullptr, *owner = nullptr;
    Column memory = {nullptr, stream->width(), type.result};
    if (kind == HYDROPHONE_HAAR && (row = lasting_array(memory, owner)) == nullptr) {
        delete stream;
        return -1;
    }
    self.type = type;
    self.numbers = numbers;
    self.bins = static_cast<std::size_t>(bins);
    self.low = type.sample == Element::u8 ? 0 : INT16_MIN;
    self.high = type.sample == Element::u8 ? static_cast<double>(bins - 1) : INT16_MAX;
    self.row_memory = memory;
    delete std::exchange(self.stream, stream);
    Py_XDECREF(std::exchange(self.row, row));
    Py_XDECREF(std::exchange(self.row_owner, owner));
    return 0;
}

void finalise(PyObject* object) {
    PyStream& self = self_of(object);
    delete self.stream;
    Py_XDECREF(self.row);
    Py_XDECREF(self.row_owner);
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

PyObject* push(PyStream& self, PyObject* const* args, Py_ssize_t count) {
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
        // Whatever the caller has made of the array that he was given, the memory is there.
        store_result(*self.stream, result, self.row_memory, 0);
        return Py_NewRef(self.row);
    }
    return self.numbers == HYDROPHONE_FIXED ? PyLong_FromLongLong(static_cast<long long>(result))
                                            : PyFloat_FromDouble(result);
}

PyObject* push_many(PyStream& self, PyObject* const* args, Py_ssize_t count) {
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

PyObject* reset(PyStream& self, PyObject*) {
    self.stream->reset();
    Py_RETURN_NONE;
}

}  // namespace

bool add_stream(PyObject* module) {
    static PyMethodDef methods[] = {
        {"push", as_method(InTurn<&push>::call), METH_FASTCALL, nullptr},
        {"push_many", as_method(InTurn<&push_many>::call), METH_FASTCALL, nullptr},
        {"reset", InTurn<&reset>::call, METH_NOARGS, nullptr},
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
