// Runs one block's kernel on columns from standard input: for processors other than this one.
//
// All numbers are 64-bit integers of this machine's byte order. In: length and letters of the
// block's name, its parameters as `hydrophone_model.cheader.flattened` gives them, events, ports,
// elements of each port, the columns; then ports and elements of each output. Out: the output
// columns.
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "core/reader.hpp"
#include "isa/makers.hpp"

namespace {

using namespace hydrophone;
using i64 = std::int64_t;

std::vector<Array> read_ports(i64 events, bool filled, std::deque<std::vector<i64>>& held) {
    std::vector<Array> arrays;
    const std::vector<i64> widths = read_many(read_one());
    for (const i64 width : widths) {
        std::vector<i64>& values = held.emplace_back(static_cast<std::size_t>(events * width));
        arrays.push_back({values.data(), static_cast<std::size_t>(width)});
    }
    for (std::size_t port = 0; filled && port < arrays.size(); ++port) {
        const std::vector<i64> values = read_many(events * widths[port]);
        std::copy(values.begin(), values.end(), arrays[port].data);
    }
    return arrays;
}

}  // namespace

int main() {
    std::string name;
    for (const i64 letter : read_many(read_one())) {
        name += static_cast<char>(letter);
    }
    Reader reader;
    std::unique_ptr<Block> block;
#define X(known, Params, Kernel)                                       \
    params::Params known##_params{};                                   \
    if (name == #known) {                                              \
        known##_params.each(reader);                                   \
        block.reset(HYDROPHONE_KERNELS::make_##known(known##_params)); \
    }
    HYDROPHONE_BLOCKS(X)
#undef X
    std::deque<std::vector<i64>> held;
    const i64 events = read_one();
    const std::vector<Array> in = read_ports(events, true, held);
    const std::vector<Array> out = read_ports(events, false, held);
    block->process(in.data(), in.size(), out.data(), out.size(), static_cast<std::size_t>(events));
    for (const Array& array : out) {
        std::fwrite(array.data, sizeof(i64), static_cast<std::size_t>(events) * array.count,
                    stdout);
    }
    return 0;
}
