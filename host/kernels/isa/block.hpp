// Block adapters: named ports of arrays outside, whatever the kernel takes inside.
#pragma once

#include <new>

#include "core/state_memory.hpp"
#include "isa/makers.hpp"

namespace HYDROPHONE_KERNELS {

// Most elements that the ports of one side may have.
inline constexpr std::size_t LONGEST_ROW = 2048;

// A port's elements of one event.
struct Elements {
    i64* data;
    std::size_t count;

    i64& operator[](std::size_t i) const { return data[i]; }
    i64& operator*() const { return *data; }
};

// Gives the elements of an event, one port after another.
inline auto elements_of(const Array* port, std::size_t event) {
    return [port, event]() mutable -> Elements {
        const Array& array = *port++;
        return {array.data + event * array.count, array.count};
    };
}

// Writes a number, or an array of numbers, to a port.
template <class Number>
void write_port(const Elements& port, const Number& number) {
    *port = number;
}

template <class Number, std::size_t most>
void write_port(const Elements& port, const Number (&numbers)[most]) {
    for (std::size_t i = 0; i < port.count; ++i) {
        port[i] = numbers[i];
    }
}

// A block that computes one event after another. Its `row` takes and gives ports by name.
template <class Row, class Params>
class RowBlock : public Block {
  public:
    using Inputs = typename Params::template Inputs<Elements>;
    using Outputs = typename Params::template Outputs<Elements>;

    void process(const Array* inputs, std::size_t, const Array* outputs, std::size_t,
                 std::size_t events) override {
        for (std::size_t event = 0; event < events; ++event) {
            static_cast<Row*>(this)->row(
                Params::template inputs<Elements>(elements_of(inputs, event)),
                Params::template outputs<Elements>(elements_of(outputs, event)));
        }
    }
};

// A block without state.
template <class Row, class Params>
class PureBlock : public RowBlock<Row, Params> {
  public:
    void reset() override {}
};

// One column in, one column out.
class ColumnBlock : public Block {
  public:
    void reset() override {}

    void process(const Array* inputs, std::size_t, const Array* outputs, std::size_t,
                 std::size_t events) override {
        for (std::size_t first = 0; first < events; first += CHUNK) {
            const std::size_t count = least(CHUNK, events - first);
            Column in, out;
            __builtin_memcpy(&in, inputs->data + first, count * sizeof(i64));
            compute(in, out, count);
            __builtin_memcpy(outputs->data + first, &out, count * sizeof(i64));
        }
    }

  protected:
    virtual void compute(const Column& in, Column& out, std::size_t count) const = 0;
};

// Columns for every element of a side's ports.
class ColumnMemory {
  public:
    ColumnMemory() = default;
    ~ColumnMemory() { delete[] columns_; }
    ColumnMemory(const ColumnMemory&) = delete;
    ColumnMemory& operator=(const ColumnMemory&) = delete;

    Column* of(const Array* arrays, std::size_t count) {
        std::size_t elements = 0;
        for (std::size_t port = 0; port < count; ++port) {
            elements += arrays[port].count;
        }
        if (elements > size_) {
            delete[] columns_;
            columns_ = new Column[elements];
            size_ = elements;
        }
        return columns_;
    }

  private:
    Column* columns_ = nullptr;
    std::size_t size_ = 0;
};

// A port as a kernel's `Input` takes it: as one column, as several, or as rows.
class InputPort {
  public:
    explicit InputPort(const Column* columns) : columns_(columns) {}

    const Column& one() const { return *columns_; }

    class Several {
      public:
        explicit Several(const Column* columns) : columns_(columns) {}
        operator ConstColumns() const { return columns_; }
        operator const Rows&() {
            for (std::size_t i = 0; i < CHUNK; ++i) {
                for (std::size_t kind = 0; kind < Rows::KINDS; ++kind) {
                    rows_.values[i][kind] = columns_[kind][i];
                }
            }
            return rows_;
        }

      private:
        const Column* columns_;
        Rows rows_;
    };
    Several several() const { return Several(columns_); }

  private:
    const Column* columns_;
};

// A port as a kernel's `Output` takes it; rows become columns when the kernel has run.
class OutputPort {
  public:
    explicit OutputPort(Column* columns) : columns_(columns) {}

    Column& one() const { return *columns_; }

    class Several {
      public:
        explicit Several(Column* columns) : columns_(columns) {}
        ~Several() {
            for (std::size_t i = 0; is_rows_ && i < CHUNK; ++i) {
                for (std::size_t kind = 0; kind < Rows::KINDS; ++kind) {
                    columns_[kind][i] = rows_.values[i][kind];
                }
            }
        }
        Several(const Several&) = delete;
        Several& operator=(const Several&) = delete;
        operator Columns() const { return columns_; }
        operator Rows&() {
            is_rows_ = true;
            return rows_;
        }

      private:
        Column* columns_;
        Rows rows_;
        bool is_rows_ = false;
    };
    Several several() const { return Several(columns_); }

  private:
    Column* columns_;
};

// A block with state of its own: a kernel that runs over chunks of events. Its ports are members of
// its `Input` and `Output`, named as the parameters name them, but for the symbol, which has chosen
// the places already.
template <class Kernel>
class StatefulBlock final : public Block {
  public:
    using Params = typename Kernel::Params;

    explicit StatefulBlock(const Params& p)
        : kernel_(p, layouts_), memory_(layouts_, p.symbols, classes()) {
        reset();
    }

    void reset() override { memory_.reset(*this); }

    void begin(std::byte* group) const {
        if constexpr (requires { kernel_.begin(group); }) {
            kernel_.begin(group);
        }
    }

    void process(const Array* inputs, std::size_t input_count, const Array* outputs,
                 std::size_t output_count, std::size_t events) override {
        Column* const in = inputs_.of(inputs, input_count);
        Column* const out = outputs_.of(outputs, output_count);
        const auto input_ports =
            Params::template inputs<InputPort>(ports_of<InputPort>(inputs, in));
        const auto output_ports =
            Params::template outputs<OutputPort>(ports_of<OutputPort>(outputs, out));
        for (std::size_t first = 0; first < events; first += CHUNK) {
            PartOfChunk at;
            at.count = least(CHUNK, events - first);
            transfer(inputs, input_count, in, first, at.count,
                     [](i64& outside, i64& inside) { inside = outside; });
            for (std::size_t i = 0; i < at.count; ++i) {
                const auto symbol = static_cast<std::size_t>(input_ports.symbol.one()[i]);
                at.symbol[i] = memory_.symbol(symbol);
                at.group[i] = memory_.group(symbol);
            }
            Params::connect(kernel_, at, input_ports, output_ports);
            transfer(outputs, output_count, out, first, at.count,
                     [](i64& outside, i64& inside) { outside = inside; });
        }
    }

  private:
    // Gives one port after another: each has as many columns as its array has elements an event.
    template <class Port>
    static auto ports_of(const Array* array, Column* columns) {
        return [array, columns]() mutable {
            Column* const first = columns;
            columns += array++->count;
            return Port(first);
        };
    }

    // Pairs every element of the arrays' rows with its place in the columns.
    template <class Copy>
    static void transfer(const Array* arrays, std::size_t count, Column* columns, std::size_t first,
                         std::size_t events, const Copy& copy) {
        for (const Array* array = arrays; array != arrays + count; ++array) {
            for (std::size_t element = 0; element < array->count; ++element, ++columns) {
                for (std::size_t i = 0; i < events; ++i) {
                    copy(array->data[(first + i) * array->count + element], (*columns)[i]);
                }
            }
        }
    }

    i64 classes() const {
        if constexpr (requires { kernel_.classes(); }) {
            return kernel_.classes();
        } else {
            return 1;
        }
    }

    Layouts layouts_;
    Kernel kernel_;
    StateMemory memory_;
    ColumnMemory inputs_, outputs_;
};

template <class Made, class Params>
Block* make(const Params& params) {
    return new (std::nothrow) Made(params);
}

// The block of a kernel: one with state, where nothing else is said.
template <class Kernel, class Params>
Block* make_block(const Params& params) {
    return make<StatefulBlock<Kernel>>(params);
}

}  // namespace HYDROPHONE_KERNELS

// Defines the makers of a list of blocks: behind the blocks that are made otherwise.
#define HYDROPHONE_DEFINE_MAKER(block, Params, Kernel) \
    Block* make_##block(const params::Params& p) { return make_block<class Kernel>(p); }
