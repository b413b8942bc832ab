#include "bindings/arrow.hpp"

#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace nb = nanobind;
using namespace nb::literals;

// The structures of https://arrow.apache.org/docs/format/CDataInterface.html, whose layout is
// fixed.
struct ArrowSchema {
    const char *format, *name, *metadata;
    std::int64_t flags, n_children;
    ArrowSchema **children, *dictionary;
    void (*release)(ArrowSchema*);
    void* private_data;
};
struct ArrowArray {
    std::int64_t length, null_count, offset, n_buffers, n_children;
    const void** buffers;
    ArrowArray **children, *dictionary;
    void (*release)(ArrowArray*);
    void* private_data;
};
struct ArrowArrayStream {
    int (*get_schema)(ArrowArrayStream*, ArrowSchema*);
    int (*get_next)(ArrowArrayStream*, ArrowArray*);
    const char* (*get_last_error)(ArrowArrayStream*);
    void (*release)(ArrowArrayStream*);
    void* private_data;
};

namespace hydrophone {
namespace {

// Arrow advises this alignment of buffers.
constexpr std::size_t ALIGNMENT = 64;
// Records whose columns are gathered in turn: the nearest cache holds them.
constexpr std::size_t BLOCK = 512;

// A column, or the whole of a table: format and name, values of its own or children.
struct Node {
    std::string format, name;
    std::size_t length = 0;
    // Whether it has values of its own, which may be null if it is empty.
    bool has_values = false;
    const void* values = nullptr;
    std::vector<Node> children;
};

struct AlignedDelete {
    void operator()(std::byte* memory) const {
        ::operator delete(memory, std::align_val_t{ALIGNMENT});
    }
};
using Memory = std::unique_ptr<std::byte, AlignedDelete>;

// What exports share: freed with the last of them, by whichever thread.
struct Table {
    Node root;
    std::vector<Memory> gathered;
    // The caller's memory, where values are read where they lie.
    Py_buffer lent{};

    Table() = default;
    Table(const Table&) = delete;
    Table& operator=(const Table&) = delete;
    ~Table() {
        if (lent.obj != nullptr && Py_IsInitialized()) {
            const PyGILState_STATE state = PyGILState_Ensure();
            PyBuffer_Release(&lent);
            PyGILState_Release(state);
        }
    }
};
using Shared = std::shared_ptr<const Table>;

// What one exported structure points to.
template <class Structure>
struct Held {
    Shared table;
    std::vector<Structure> children;
    std::vector<Structure*> pointers;
    const void* buffers[2] = {nullptr, nullptr};
};

template <class Structure>
void release(Structure* structure) {
    for (std::int64_t i = 0; i < structure->n_children; ++i) {
        Structure* const child = structure->children[i];
        // A consumer may have taken it over.
        if (child->release != nullptr) {
            child->release(child);
        }
    }
    delete static_cast<Held<Structure>*>(structure->private_data);
    structure->release = nullptr;
}

void set(ArrowSchema& to, const Node& node, Held<ArrowSchema>&) {
    to.format = node.format.c_str();
    to.name = node.name.c_str();
    // Arrow's own default, so that types compare equal to a user's: nullable.
    to.flags = 2;
}

void set(ArrowArray& to, const Node& node, Held<ArrowArray>& held) {
    to.length = static_cast<std::int64_t>(node.length);
    // The first buffer says what is missing: nothing is.
    to.n_buffers = node.has_values ? 2 : 1;
    held.buffers[1] = node.values;
    to.buffers = held.buffers;
}

template <class Structure>
void fill(Structure& to, const Node& node, const Shared& table) {
    to = {};
    auto held = std::make_unique<Held<Structure>>();
    held->table = table;
    held->children.resize(node.children.size());
    for (std::size_t i = 0; i < node.children.size(); ++i) {
        fill(held->children[i], node.children[i], table);
        held->pointers.push_back(&held->children[i]);
    }
    set(to, node, *held);
    to.n_children = static_cast<std::int64_t>(node.children.size());
    to.children = held->pointers.data();
    to.private_data = held.release();
    to.release = release<Structure>;
}

// The whole table as the one batch of a stream.
struct StreamState {
    Shared table;
    bool done = false;
};

template <class Structure>
int fill_or_fail(Structure* to, const Shared& table) {
    try {
        fill(*to, table->root, table);
        return 0;
    } catch (const std::bad_alloc&) {
        return ENOMEM;
    }
}

int stream_schema(ArrowArrayStream* stream, ArrowSchema* to) {
    return fill_or_fail(to, static_cast<StreamState*>(stream->private_data)->table);
}

int stream_next(ArrowArrayStream* stream, ArrowArray* to) {
    auto& state = *static_cast<StreamState*>(stream->private_data);
    if (std::exchange(state.done, true)) {
        *to = {};
        return 0;
    }
    return fill_or_fail(to, state.table);
}

void release_stream(ArrowArrayStream* stream) {
    delete static_cast<StreamState*>(stream->private_data);
    stream->release = nullptr;
}

// A capsule that owns a structure until a consumer takes what is in it.
template <class Structure>
nb::object capsule(std::unique_ptr<Structure> structure, const char* name) {
    PyObject* const made = PyCapsule_New(structure.get(), name, [](PyObject* object) {
        auto* const held =
            static_cast<Structure*>(PyCapsule_GetPointer(object, PyCapsule_GetName(object)));
        if (held->release != nullptr) {
            held->release(held);
        }
        delete held;
    });
    if (made == nullptr) {
        structure->release(structure.get());
        throw nb::python_error();
    }
    static_cast<void>(structure.release());
    return nb::steal(made);
}

// Bytes of each record at an offset, one record's after the other's.
void gather(std::byte* to, const std::byte* from, std::size_t records, std::size_t stride,
            std::size_t width) {
    const auto all = [&]<std::size_t fixed>() {
        for (std::size_t i = 0; i < records; ++i) {
            std::memcpy(to + i * fixed, from + i * stride, fixed);
        }
    };
    switch (width) {
        case 1:
            return all.template operator()<1>();
        case 2:
            return all.template operator()<2>();
        case 4:
            return all.template operator()<4>();
        case 8:
            return all.template operator()<8>();
        default:
            for (std::size_t i = 0; i < records; ++i) {
                std::memcpy(to + i * width, from + i * stride, width);
            }
    }
}

// Name, format of an element, offset in the record, bytes of an element, shape of a record's.
using Column =
    std::tuple<std::string, std::string, std::size_t, std::size_t, std::vector<std::size_t>>;

class PyArrowTable {
  public:
    // Without columns each record is one opaque value, where it lies.
    PyArrowTable(nb::handle bytes, std::size_t size, const std::vector<Column>& columns) {
        auto table = std::make_shared<Table>();
        if (PyObject_GetBuffer(bytes.ptr(), &table->lent, PyBUF_SIMPLE) != 0) {
            throw nb::python_error();
        }
        const auto total = static_cast<std::size_t>(table->lent.len);
        if (size == 0 || total % size != 0) {
            throw nb::value_error("the bytes are no whole number of records");
        }
        const std::size_t records = total / size;
        const auto* const from = static_cast<const std::byte*>(table->lent.buf);
        table->root = {.format = "+s", .name = "", .length = records};
        std::vector<std::size_t> widths;
        for (const auto& [name, format, offset, width, shape] : columns) {
            std::size_t count = 1;
            for (const std::size_t elements : shape) {
                count *= elements;
            }
            if (offset + width * count > size) {
                throw nb::value_error("a column lies beyond its record");
            }
            Memory memory(static_cast<std::byte*>(
                ::operator new(records * width * count + ALIGNMENT, std::align_val_t{ALIGNMENT})));
            Node values{.format = format,
                        .name = name,
                        .length = records * count,
                        .has_values = true,
                        .values = memory.get()};
            table->gathered.push_back(std::move(memory));
            widths.push_back(width * count);
            // An array within a record is a list of fixed size, of such lists.
            for (auto elements = shape.rbegin(); elements != shape.rend(); ++elements) {
                values.name = "item";
                const std::size_t length = *elements == 0 ? 0 : values.length / *elements;
                values = Node{.format = "+w:" + std::to_string(*elements),
                              .name = name,
                              .length = length,
                              .children = {std::move(values)}};
            }
            table->root.children.push_back(std::move(values));
        }
        for (std::size_t first = 0; first < records; first += BLOCK) {
            const std::size_t block = std::min(BLOCK, records - first);
            for (std::size_t i = 0; i < columns.size(); ++i) {
                const std::size_t width = widths[i];
                gather(table->gathered[i].get() + first * width,
                       from + first * size + std::get<2>(columns[i]), block, size, width);
            }
        }
        if (columns.empty()) {
            table->root.children.push_back({.format = "w:" + std::to_string(size),
                                            .name = "record",
                                            .length = records,
                                            .has_values = true,
                                            .values = from});
        } else {
            PyBuffer_Release(&table->lent);
        }
        table_ = std::move(table);
    }

    nb::object schema() const { return capsule(filled<ArrowSchema>(), "arrow_schema"); }
    nb::object array() const { return capsule(filled<ArrowArray>(), "arrow_array"); }
    nb::object stream() const {
        auto stream = std::make_unique<ArrowArrayStream>(ArrowArrayStream{
            stream_schema, stream_next, [](ArrowArrayStream*) -> const char* { return nullptr; },
            release_stream, new StreamState{table_}});
        return capsule(std::move(stream), "arrow_array_stream");
    }

  private:
    template <class Structure>
    std::unique_ptr<Structure> filled() const {
        auto structure = std::make_unique<Structure>();
        fill(*structure, table_->root, table_);
        return structure;
    }

    Shared table_;
};

}  // namespace

void bind_arrow(nb::module_& module) {
    nb::class_<PyArrowTable>(module, "ArrowTable")
        .def(nb::init<nb::handle, std::size_t, const std::vector<Column>&>(), "bytes"_a, "size"_a,
             "columns"_a)
        .def("schema", &PyArrowTable::schema)
        .def("array", &PyArrowTable::array)
        .def("stream", &PyArrowTable::stream);
}

}  // namespace hydrophone
