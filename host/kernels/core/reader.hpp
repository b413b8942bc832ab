// Reader of numbers and parameters from a file: for programs that run kernels without Python, on
// standard input, and for libraries that are handed them in memory.
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
inline std::int64_t read_one(std::FILE* file = stdin) {
    std::int64_t value = 0;
    if (std::fread(&value, sizeof value, 1, file) != 1) {
        std::fputs("input ends early\n", stderr);
        std::exit(2);
    }
    return value;
}

inline std::vector<std::int64_t> read_many(std::int64_t count, std::FILE* file = stdin) {
    std::vector<std::int64_t> values(static_cast<std::size_t>(count));
    for (std::int64_t& value : values) {
        value = read_one(file);
    }
    return values;
}

struct Reader {
    std::FILE* file = stdin;
    std::deque<std::vector<std::int64_t>> held;

    void operator()(const char*, std::int64_t& value) { value = read_one(file); }
    void operator()(const char*, Numbers& value) {
        const std::vector<std::int64_t>& numbers =
            held.emplace_back(read_many(read_one(file), file));
        value = {numbers.data(), numbers.size()};
    }
    void operator()(const char*, Fixed& value) {
        const std::vector<std::int64_t> m = read_many(6, file);
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
