// Streams of the library, and along whole series.
#pragma once

#include <Python.h>

#include "bindings/arrays.hpp"
#include "hydrophone_kernels.h"

namespace hydrophone {

// What a kernel's samples and results are.
struct KernelType {
    bool pair;
    Element sample;
    Element result;
};
KernelType kernel_type(hydrophone_kernel kernel, hydrophone_numbers numbers);

// A series at least this long lets other Python threads run meanwhile.
inline constexpr std::size_t LONG_SERIES = 1 << 14;

// False with a Python error if there is no stream with such a window.
bool check_window(hydrophone_kernel kernel, hydrophone_numbers numbers, long long window);

// A new stream, or null with a Python error that says what cannot be. `bins` is for entropies.
hydrophone_stream* make_stream(const hydrophone_library& library, hydrophone_kernel kernel,
                               hydrophone_numbers numbers, long long window, long long bins);

// Shape of the results of a series of so many samples.
Shape series_shape(const hydrophone_stream& stream, std::size_t count);

// Writes the row of results that the stream, just pushed, has: as row number `at`.
void store_result(const hydrophone_stream& stream, double pushed, const Column& out,
                  std::size_t at);

// Pushes columns, one or two, into the stream, and writes a row of results for each sample.
void push_columns(hydrophone_stream& stream, const Column* in, bool pair, const Column& out);

// False with a Python error if a bin number is too large.
bool check_bins(const Column& bins, std::size_t count);

// The library's table for an instruction set; null with a Python error.
const hydrophone_library* find_library(const char* isa);

}  // namespace hydrophone
