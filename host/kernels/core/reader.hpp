// Numbers and parameters from standard input: for programs that run kernels without Python.
//
// All are 64-bit integers of this machine's byte order; parameters come as
// `hydrophone_model.cheader.flattened` gives them.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <vector>

#include "hydrophone_model.h"

namespace hydrophone {

// Ends the program where the input ends early.
inline std::int64_t read_one() {
    std::int64_t value = 0;
    if (std::fread(&value, sizeof value, 1, stdin) != 1) {
        std::fputs("input ends early\n", stderr);
        std::exit(2);
    }
    return value;
}

inline std::vector<std::int64_t> read_many(std::int64_t count) {
    std::vector<std::int64_t> values(static_cast<std::size_t>(count));
    for (std::int64_t& value : values) {
        value = read_one();
    }
    return values;
}

struct Reader {
    std::deque<std::vector<std::int64_t>> held;

    void operator()(const char*, std::int64_t& value) { value = read_one(); }
    void operator()(const char*, Numbers& value) {
        const std::vector<std::int64_t>& numbers = held.emplace_back(read_many(read_one()));
        value = {numbers.data(), numbers.size()};
    }
    void operator()(const char*, Fixed& value) {
        const std::vector<std::int64_t> m = read_many(6);
        value = {
            m[0] != 0, static_cast<int>(m[1]), static_cast<int>(m[2]), static_cast<int>(m[3]), m[4],
            m[5]};
    }
    template <class Params>
    void operator()(const char*, Params& value) {
        value.each(*this);
    }
};

}  // namespace hydrophone
