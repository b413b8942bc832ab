#include "bindings/fuse.hpp"

#include <cmath>
#include <cstdint>
#include <utility>

#include "bindings/arguments.hpp"
#include "bindings/arrays.hpp"
#include "bindings/series.hpp"
#include "library/stream.hpp"

namespace hydrophone {
namespace {

constexpr std::size_t COMBINATIONS = 6;

struct PyFusion {
    PyObject_HEAD hydrophone_fusion* fusion;
    std::size_t systems;
    std::size_t candidates;
};

PyFusion* self_of(PyObject* self) { return reinterpret_cast<PyFusion*>(self); }

bool is_given(PyObject* object) { return object != nullptr && object != Py_None; }

// An array that may be left out: then its memory is null.
bool read_optional(PyObject* object, const char* name, Element element, Shape shape,
                   Column& column) {
    column = {nullptr, 0, element};
    return !is_given(object) || read_array(object, name, element, shape, column);
}

bool sizes_fit(std::size_t systems, std::size_t candidates) {
    if (systems < 2 || systems > HYDROPHONE_MAX_SYSTEMS || candidates < 2 ||
        candidates > HYDROPHONE_MAX_CANDIDATES) {
        PyErr_Format(PyExc_ValueError,
                     "%zu systems score %zu candidates: give 2 to %d systems, 2 to %d candidates",
                     systems, candidates, HYDROPHONE_MAX_SYSTEMS, HYDROPHONE_MAX_CANDIDATES);
        return false;
    }
    return true;
}

// Weights that a mean can be taken with; there may be none.
bool are_finite(const Column& performance) {
    for (std::size_t i = 0; i < performance.count; ++i) {
        const double value = static_cast<double>(performance.as<const float>()[i]);
        if (!std::isfinite(value)) {
            PyObject* const number = PyFloat_FromDouble(value);
            PyErr_Format(PyExc_ValueError, "performance[%zu] is %R: give finite numbers", i,
                         number);
            Py_XDECREF(number);
            return false;
        }
    }
    return true;
}

PyObject* make(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
    static const char* const names[] = {"systems", "candidates", "rate", "isa", nullptr};
    Py_ssize_t systems, candidates;
    int rate = 6;
    const char* isa = "";
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "nn|is", const_cast<char**>(names), &systems,
                                     &candidates, &rate, &isa)) {
        return nullptr;
    }
    const hydrophone_library* const library = find_library(isa);
    if (library == nullptr ||
        !sizes_fit(static_cast<std::size_t>(systems), static_cast<std::size_t>(candidates))) {
        return nullptr;
    }
    if (rate < 1 || rate > 10) {
        return PyErr_Format(PyExc_ValueError, "rate is %d: give 1 to 10", rate);
    }
    PyObject* const made = PyType_GenericNew(type, nullptr, nullptr);
    if (made == nullptr) {
        return nullptr;
    }
    PyFusion& self = *self_of(made);
    self.systems = static_cast<std::size_t>(systems);
    self.candidates = static_cast<std::size_t>(candidates);
    self.fusion = library->fusion(self.systems, self.candidates, rate);
    if (self.fusion == nullptr) {
        Py_DECREF(made);
        return PyErr_NoMemory();
    }
    return made;
}

void finalise(PyObject* object) {
    delete self_of(object)->fusion;
    PyTypeObject* const type = Py_TYPE(object);
    type->tp_free(object);
    Py_DECREF(type);
}

// One decision, or with `many` as many as there are.
template <bool many>
PyObject* push(PyObject* object, PyObject* const* args, Py_ssize_t count, PyObject* keywords) {
    static constexpr const char* names[] = {"scores", "outcome", "present", "out"};
    PyObject* given[4] = {};
    const PyFusion& self = *self_of(object);
    const std::size_t systems = self.systems, candidates = self.candidates;
    Shape scores = {3, {0, systems, candidates}};
    Column in[3], out;
    if (!many) {
        scores = {2, {systems, candidates}};
    }
    if (!read_arguments(names, 1, args, count, keywords, given) ||
        !read_array(given[0], "scores", Element::f32, scores, in[0])) {
        return nullptr;
    }
    const std::size_t decisions = many ? scores.size[0] : 1;
    const Shape of_candidates = many ? Shape{2, {decisions, candidates}} : Shape{1, {candidates}};
    const Shape fused = many ? Shape{3, {decisions, COMBINATIONS, candidates}}
                             : Shape{2, {COMBINATIONS, candidates}};
    if (!read_optional(given[1], "outcome", Element::f32, of_candidates, in[1]) ||
        !read_optional(given[2], "present", Element::flag, of_candidates, in[2])) {
        return nullptr;
    }
    PyObject* const made = results(given[3], fused, Element::f32, in, 3, out);
    for (std::size_t i = 0; made != nullptr && i < decisions; ++i) {
        const auto at = [&](auto* data, std::size_t stride) {
            return data == nullptr ? nullptr : data + i * stride;
        };
        self.fusion->push(at(in[0].as<const float>(), systems * candidates),
                          at(in[2].as<const std::uint8_t>(), candidates),
                          at(in[1].as<const float>(), candidates),
                          out.as<float>() + i * COMBINATIONS * candidates);
    }
    return made;
}

PyObject* reset(PyObject* object, PyObject*) {
    self_of(object)->fusion->reset();
    Py_RETURN_NONE;
}

// A copy of what is known of each system.
PyObject* of_systems(PyObject* object, const float* values) {
    Column out;
    const std::size_t systems = self_of(object)->systems;
    PyObject* const made = results(nullptr, {1, {systems}}, Element::f32, nullptr, 0, out);
    for (std::size_t system = 0; made != nullptr && system < systems; ++system) {
        out.as<float>()[system] = values[system];
    }
    return made;
}

PyObject* diversity(PyObject* object, void*) {
    return of_systems(object, self_of(object)->fusion->diversity());
}

PyObject* performance(PyObject* object, void*) {
    return of_systems(object, self_of(object)->fusion->performance());
}

}  // namespace

PyObject* fuse_once(const hydrophone_library& library, PyObject* const* args, Py_ssize_t count,
                    PyObject* keywords) {
    static constexpr const char* names[] = {"scores", "performance", "present", "out"};
    PyObject* given[4] = {};
    Shape scores = {2, {0, 0}};
    Column in[3], out;
    if (!read_arguments(names, 1, args, count, keywords, given) ||
        !read_array(given[0], "scores", Element::f32, scores, in[0]) ||
        !sizes_fit(scores.size[0], scores.size[1]) ||
        !read_optional(given[1], "performance", Element::f32, {1, {scores.size[0]}}, in[1]) ||
        !are_finite(in[1]) ||
        !read_optional(given[2], "present", Element::flag, {1, {scores.size[1]}}, in[2])) {
        return nullptr;
    }
    PyObject* const made =
        results(given[3], {2, {COMBINATIONS, scores.size[1]}}, Element::f32, in, 3, out);
    if (made != nullptr) {
        float strengths[HYDROPHONE_MAX_SYSTEMS];
        library.fuse_f32(in[0].as<const float>(), scores.size[0], scores.size[1],
                         in[2].as<const std::uint8_t>(), in[1].as<const float>(), out.as<float>(),
                         strengths);
    }
    return made;
}

bool add_fusion_stream(PyObject* module) {
    constexpr int fast = METH_FASTCALL | METH_KEYWORDS;
    static PyMethodDef methods[] = {
        {"push", as_method(push<false>), fast, nullptr},
        {"push_many", as_method(push<true>), fast, nullptr},
        {"reset", reset, METH_NOARGS, nullptr},
        {nullptr, nullptr, 0, nullptr},
    };
    static PyGetSetDef properties[] = {{"diversity", diversity, nullptr, nullptr, nullptr},
                                       {"performance", performance, nullptr, nullptr, nullptr},
                                       {nullptr, nullptr, nullptr, nullptr, nullptr}};
    static PyType_Slot slots[] = {
        {Py_tp_new, reinterpret_cast<void*>(make)},
        {Py_tp_dealloc, reinterpret_cast<void*>(finalise)},
        {Py_tp_methods, methods},
        {Py_tp_getset, properties},
        {0, nullptr},
    };
    static PyType_Spec spec = {"hydrophone._kernels.FusionStream", sizeof(PyFusion), 0,
                               Py_TPFLAGS_DEFAULT, slots};
    PyObject* const type = PyType_FromSpec(&spec);
    return type != nullptr && PyModule_AddObject(module, "FusionStream", type) == 0;
}

}  // namespace hydrophone
