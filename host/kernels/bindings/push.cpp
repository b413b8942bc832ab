#include "bindings/push.hpp"

#include <structmember.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <vector>

#include "bindings/arguments.hpp"
#include "bindings/records.hpp"

namespace nb = nanobind;

namespace hydrophone {
namespace {

constexpr std::size_t VALUES = 5;
constexpr const char* NAMES[VALUES] = {"time_ns", "price", "size", "symbol", "side"};
// The names as Python's compiler interns them: equal ones are the same object.
PyObject* interned[VALUES];
PyTypeObject* push_type;

constexpr std::uint64_t LARGEST[VALUES] = {
    std::numeric_limits<std::uint64_t>::max(), std::numeric_limits<std::uint32_t>::max(),
    std::numeric_limits<std::uint32_t>::max(), std::numeric_limits<std::uint16_t>::max(),
    std::numeric_limits<std::uint8_t>::max()};

struct Push {
    PyObject_HEAD vectorcallfunc call;
    PushTarget* target;
    PyObject* owner;
    // The session's lock, and its dictionary: empty while no thread is at work.
    PyObject* lock;
    PyObject* holder;
    PyObject* record;
    // The method of the session that this stands for.
    PyObject* method;
    // Called with the record after a result that opened an alert episode; may be null or None.
    PyObject* on_alert;
    // Once the session is closed: what refuses all calls.
    PyObject* refusal;
};

Push& push_of(PyObject* self) { return *reinterpret_cast<Push*>(self); }

// False with a Python error while another thread holds the session's lock.
bool check_lock(const Push& self) {
    if (PyDict_GET_SIZE(self.holder) == 0) [[likely]] {
        return true;
    }
    PyObject* const checked = PyObject_CallMethod(self.lock, "check", nullptr);
    Py_XDECREF(checked);
    return checked != nullptr;
}

// Whether all arguments, and no others, are given by name: they go into `values`. No Python error.
bool read_values(PyObject* const* args, Py_ssize_t count, PyObject* keywords,
                 PyObject* (&values)[VALUES]) {
    if (count == 0 && keywords != nullptr && PyTuple_GET_SIZE(keywords) == VALUES) [[likely]] {
        std::size_t same = 0;
        while (same < VALUES && PyTuple_GET_ITEM(keywords, same) == interned[same]) {
            values[same] = args[same];
            ++same;
        }
        if (same == VALUES) [[likely]] {
            return true;
        }
    }
    for (PyObject*& value : values) {
        value = nullptr;
    }
    if (count == 0 && read_arguments(NAMES, VALUES, args, 0, keywords, values)) {
        return true;
    }
    PyErr_Clear();
    return false;
}

// Calls the method without a session, for arguments that it has not: it refuses them itself.
PyObject* refuse_arguments(const Push& self, PyObject* const* args, Py_ssize_t count,
                           PyObject* keywords) {
    const Py_ssize_t named = keywords == nullptr ? 0 : PyTuple_GET_SIZE(keywords);
    std::vector<PyObject*> all{Py_None};
    all.insert(all.end(), args, args + count + named);
    return PyObject_Vectorcall(self.method, all.data(), static_cast<std::size_t>(count) + 1,
                               keywords);
}

// Raises what Python refuses values with; they are integers.
PyObject* refuse(const Push& self, PyObject* const (&values)[VALUES]) {
    try {
        nb::object integers[VALUES];
        for (std::size_t i = 0; i < VALUES; ++i) {
            integers[i] = nb::steal(PyNumber_Index(values[i]));
            if (!integers[i].is_valid()) {
                return nullptr;
            }
        }
        // The sequence number, which stands second in the record, is counted.
        checks().attr("check_values")(
            nb::make_tuple(integers[0], 0, integers[1], integers[2], integers[3], integers[4]),
            self.target->params());
    } catch (nb::python_error& error) {
        error.restore();
        return nullptr;
    }
    PyErr_SetString(PyExc_ValueError, "a value changed while it was read: give integers");
    return nullptr;
}

// An integer of at most 64 bits. False with a Python error if the object is no integer; `fits`
// becomes false if the value is beyond its field.
bool read_value(PyObject* object, std::uint64_t largest, std::uint64_t& value, bool& fits) {
    nb::object held;
    if (!PyLong_CheckExact(object)) {
        held = nb::steal(PyNumber_Index(object));
        if (!held.is_valid()) {
            return false;
        }
        object = held.ptr();
    }
    value = PyLong_AsUnsignedLongLong(object);
    if (value == std::numeric_limits<std::uint64_t>::max() && PyErr_Occurred()) [[unlikely]] {
        if (!PyErr_ExceptionMatches(PyExc_OverflowError)) {
            return false;
        }
        PyErr_Clear();
        fits = false;
    }
    fits = fits && value <= largest;
    return true;
}

PyObject* call(PyObject* object, PyObject* const* args, std::size_t nargs, PyObject* keywords) {
    const Push& self = push_of(object);
    PyObject* values[VALUES];
    const Py_ssize_t count = PyVectorcall_NARGS(nargs);
    if (!read_values(args, count, keywords, values)) [[unlikely]] {
        return refuse_arguments(self, args, count, keywords);
    }
    std::uint64_t numbers[VALUES] = {};
    bool fits = true;
    if (!check_lock(self)) [[unlikely]] {
        return nullptr;
    }
    for (std::size_t i = 0; i < VALUES; ++i) {
        if (!read_value(values[i], LARGEST[i], numbers[i], fits)) [[unlikely]] {
            return nullptr;
        }
    }
    // A value's __index__ may have closed the session, or let another thread begin a call.
    if (self.refusal != nullptr) [[unlikely]] {
        return PyObject_Vectorcall(self.refusal, values, VALUES, nullptr);
    }
    if (!check_lock(self)) [[unlikely]] {
        return nullptr;
    }
    Event event{.time_ns = numbers[0],
                .sequence = 0,
                .price = static_cast<std::uint32_t>(numbers[1]),
                .size = static_cast<std::uint32_t>(numbers[2]),
                .symbol = static_cast<std::uint16_t>(numbers[3]),
                .side = static_cast<std::uint8_t>(numbers[4]),
                .flags = 0,
                .reserved = 0};
    const Result* result = nullptr;
    try {
        result = fits ? self.target->push_event(event) : nullptr;
    } catch (const std::exception& error) {
        PyErr_SetString(PyExc_RuntimeError, error.what());
        return nullptr;
    }
    if (result == nullptr) [[unlikely]] {
        return refuse(self, values);
    }
    if ((result->flags & ResultFlag::ALERT) != 0 && self.on_alert != nullptr &&
        self.on_alert != Py_None) [[unlikely]] {
        // It may replace itself meanwhile.
        const nb::object on_alert = nb::borrow(self.on_alert);
        PyObject* const told = PyObject_CallOneArg(on_alert.ptr(), self.record);
        if (told == nullptr) {
            return nullptr;
        }
        Py_DECREF(told);
    }
    return Py_NewRef(self.record);
}

PyObject* close(PyObject* object, PyObject* refusal) {
    Py_XSETREF(push_of(object).refusal, Py_NewRef(refusal));
    Py_RETURN_NONE;
}

// The signature of the method without `self`.
PyObject* signature(PyObject* object, void*) {
    try {
        const nb::object bound =
            nb::module_::import_("functools")
                .attr("partial")(nb::handle(push_of(object).method), nb::none());
        return nb::object(nb::module_::import_("inspect").attr("signature")(bound)).release().ptr();
    } catch (nb::python_error& error) {
        error.restore();
        return nullptr;
    }
}

PyObject* method_attribute(PyObject* object, void* name_of) {
    return PyObject_GetAttrString(push_of(object).method, static_cast<const char*>(name_of));
}

PyObject* representation(PyObject* object) {
    return PyUnicode_FromFormat("<native push of %R>", push_of(object).owner);
}

int traverse(PyObject* object, visitproc visit, void* arg) {
    const Push& self = push_of(object);
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self.owner);
    Py_VISIT(self.lock);
    Py_VISIT(self.holder);
    Py_VISIT(self.record);
    Py_VISIT(self.method);
    Py_VISIT(self.on_alert);
    Py_VISIT(self.refusal);
    return 0;
}

// Only what may be part of a cycle: the rest is needed for as long as there are calls.
int clear(PyObject* object) {
    Push& self = push_of(object);
    Py_CLEAR(self.on_alert);
    return 0;
}

void finalise(PyObject* object) {
    PyObject_GC_UnTrack(object);
    Push& self = push_of(object);
    for (PyObject* const held : {self.owner, self.lock, self.holder, self.record, self.method,
                                 self.on_alert, self.refusal}) {
        Py_XDECREF(held);
    }
    PyTypeObject* const type = Py_TYPE(object);
    type->tp_free(object);
    Py_DECREF(type);
}

}  // namespace

bool add_push(nb::module_& module) {
    static PyMethodDef methods[] = {
        {"close", close, METH_O, nullptr},
        {nullptr, nullptr, 0, nullptr},
    };
    static PyMemberDef members[] = {
        {"__vectorcalloffset__", T_PYSSIZET, offsetof(Push, call), READONLY, nullptr},
        {"on_alert", T_OBJECT, offsetof(Push, on_alert), 0, nullptr},
        {nullptr, 0, 0, 0, nullptr},
    };
    static char doc[] = "__doc__", name[] = "__name__", qualname[] = "__qualname__";
    static PyGetSetDef properties[] = {
        {"__signature__", signature, nullptr, nullptr, nullptr},
        {doc, method_attribute, nullptr, nullptr, doc},
        {name, method_attribute, nullptr, nullptr, name},
        {qualname, method_attribute, nullptr, nullptr, qualname},
        {nullptr, nullptr, nullptr, nullptr, nullptr},
    };
    static PyType_Slot slots[] = {
        {Py_tp_call, reinterpret_cast<void*>(PyVectorcall_Call)},
        {Py_tp_dealloc, reinterpret_cast<void*>(finalise)},
        {Py_tp_traverse, reinterpret_cast<void*>(traverse)},
        {Py_tp_clear, reinterpret_cast<void*>(clear)},
        {Py_tp_repr, reinterpret_cast<void*>(representation)},
        {Py_tp_methods, methods},
        {Py_tp_members, members},
        {Py_tp_getset, properties},
        {0, nullptr},
    };
    static PyType_Spec spec = {"hydrophone._kernels.Push", sizeof(Push), 0,
                               Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL |
                                   Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                               slots};
    for (std::size_t i = 0; i < VALUES; ++i) {
        interned[i] = PyUnicode_InternFromString(NAMES[i]);
        if (interned[i] == nullptr) {
            return false;
        }
    }
    PyObject* const type = PyType_FromSpec(&spec);
    push_type = reinterpret_cast<PyTypeObject*>(type);
    return type != nullptr && PyModule_AddObjectRef(module.ptr(), "Push", type) == 0;
}

nb::object make_push(PushTarget& target, nb::handle owner, nb::handle lock, nb::handle record,
                     nb::handle method) {
    const nb::object holder = lock.attr("holder");
    if (!PyDict_Check(holder.ptr())) {
        throw nb::type_error("the lock's holder is no dict");
    }
    nb::object made = nb::steal(push_type->tp_alloc(push_type, 0));
    if (!made.is_valid()) {
        throw nb::python_error();
    }
    Push& self = push_of(made.ptr());
    self.call = call;
    self.target = &target;
    self.owner = owner.inc_ref().ptr();
    self.lock = lock.inc_ref().ptr();
    self.holder = nb::object(holder).release().ptr();
    self.record = record.inc_ref().ptr();
    self.method = method.inc_ref().ptr();
    return made;
}

}  // namespace hydrophone
