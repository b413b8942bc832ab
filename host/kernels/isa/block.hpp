// What blocks by themselves are made of: columns outside, whatever the kernel takes inside.
#pragma once

#include <new>

#include "core/store.hpp"
#include "isa/makers.hpp"

namespace HYDROPHONE_KERNELS {

inline constexpr std::size_t LONGEST_ROW = 2048;

// Cuts columns into rows: all inputs of an event side by side, then all its outputs.
template <class Row>
class RowBlock : public Block {
  public:
    void process(const Array* inputs, std::size_t input_count, const Array* outputs,
                 std::size_t output_count, std::size_t events) override {
        for (std::size_t event = 0; event < events; ++event) {
            i64 in[LONGEST_ROW], out[LONGEST_ROW];
            std::size_t place = 0;
            for (std::size_t port = 0; port < input_count; ++port) {
                const Array& column = inputs[port];
                for (std::size_t i = 0; i < column.count; ++i) {
                    in[place++] = column.data[event * column.count + i];
                }
            }
            static_cast<Row*>(this)->row(in, out);
            place = 0;
            for (std::size_t port = 0; port < output_count; ++port) {
                const Array& column = outputs[port];
                for (std::size_t i = 0; i < column.count; ++i) {
                    column.data[event * column.count + i] = out[place++];
                }
            }
        }
    }
};

// A block without state.
template <class Row>
class PureBlock : public RowBlock<Row> {
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

// Columns for every element of the rows that a block is fed with, as many as they take.
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

// A block with state of its own. `connect`, an overload for each kernel, hands its `process` the
// columns: one for every element of every port in order, the first the symbol, which has chosen the
// places already.
template <class Kernel>
class StatefulBlock final : public Block {
  public:
    explicit StatefulBlock(const typename Kernel::Params& p)
        : kernel_(p, layouts_), store_(layouts_, p.symbols, classes()) {
        reset();
    }

    void reset() override { store_.reset(*this); }

    void begin(std::byte* group) const {
        if constexpr (requires { kernel_.begin(group); }) {
            kernel_.begin(group);
        }
    }

    void process(const Array* inputs, std::size_t input_count, const Array* outputs,
                 std::size_t output_count, std::size_t events) override {
        Column* const in = inputs_.of(inputs, input_count);
        Column* const out = outputs_.of(outputs, output_count);
        for (std::size_t first = 0; first < events; first += CHUNK) {
            PartOfChunk at;
            at.count = least(CHUNK, events - first);
            transfer(inputs, input_count, in, first, at.count,
                     [](i64& outside, i64& inside) { inside = outside; });
            for (std::size_t i = 0; i < at.count; ++i) {
                const auto symbol = static_cast<std::size_t>(in[0][i]);
                at.symbol[i] = store_.symbol(symbol);
                at.group[i] = store_.group(symbol);
            }
            connect(kernel_, at, in, out);
            transfer(outputs, output_count, out, first, at.count,
                     [](i64& outside, i64& inside) { outside = inside; });
        }
    }

  private:
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
    Store store_;
    ColumnMemory inputs_, outputs_;
};

template <class Made, class Params>
Block* make(const Params& params) {
    return new (std::nothrow) Made(params);
}

}  // namespace HYDROPHONE_KERNELS
