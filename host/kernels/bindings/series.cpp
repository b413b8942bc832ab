#include "bindings/series.hpp"

#include <cstdint>
#include <exception>

#include "engine/dispatch.hpp"
#include "library/stream.hpp"

namespace hydrophone {
namespace {

template <class T>
void store_row(void* to, const double* row, std::size_t width) {
    for (std::size_t i = 0; i < width; ++i) {
        static_cast<T*>(to)[i] = static_cast<T>(row[i]);
    }
}

double sample_at(const Column& column, std::size_t at) {
    switch (column.element) {
        case Element::f32:
            return static_cast<double>(column.as<const float>()[at]);
        case Element::i16:
            return column.as<const std::int16_t>()[at];
        default:
            return column.as<const std::uint8_t>()[at];
    }
}

}  // namespace

KernelType kernel_type(hydrophone_kernel kernel, hydrophone_numbers numbers) {
    const bool fixed = numbers == HYDROPHONE_FIXED;
    return {kernel == HYDROPHONE_CORRELATION || kernel == HYDROPHONE_DISTANCE,
            kernel == HYDROPHONE_ENTROPY ? Element::u8
            : fixed                      ? Element::i16
                                         : Element::f32,
            !fixed                      ? Element::f32
            : kernel == HYDROPHONE_HAAR ? Element::i32
                                        : Element::i64};
}

bool check_window(hydrophone_kernel kernel, hydrophone_numbers numbers, long long window) {
    const bool power_of_two = kernel == HYDROPHONE_ENTROPY || kernel == HYDROPHONE_HAAR;
    const bool fixed = kernel == HYDROPHONE_ENTROPY || numbers == HYDROPHONE_FIXED;
    const long long longest = fixed ? HYDROPHONE_LONGEST_FIXED : 1LL << 31;
    const long long shortest = kernel == HYDROPHONE_HAAR ? 2 : 1;
    if (window < shortest || window > longest) {
        PyErr_Format(PyExc_ValueError, "window is %lld: give %lld to %lld samples", window,
                     shortest, longest);
        return false;
    }
    if (power_of_two && (window & (window - 1)) != 0) {
        PyErr_Format(PyExc_ValueError, "window is %lld: give a power of two", window);
        return false;
    }
    return true;
}

hydrophone_stream* make_stream(const hydrophone_library& library, hydrophone_kernel kernel,
                               hydrophone_numbers numbers, long long window, long long bins) {
    if (!check_window(kernel, numbers, window)) {
        return nullptr;
    }
    if (kernel == HYDROPHONE_ENTROPY && (bins < 1 || bins > 256)) {
        PyErr_Format(PyExc_ValueError, "bins is %lld: give 1 to 256", bins);
        return nullptr;
    }
    hydrophone_stream* const stream = library.stream(
        kernel, numbers, static_cast<std::size_t>(window), static_cast<std::size_t>(bins));
    if (stream == nullptr) {
        PyErr_Format(PyExc_MemoryError, "window is %lld: there is no memory for it, give fewer",
                     window);
    }
    return stream;
}

Shape series_shape(const hydrophone_stream& stream, std::size_t count) {
    return {stream.width() == 1 ? 1 : 2, {count, stream.width() == 1 ? 0 : stream.width()}};
}

void store_result(const hydrophone_stream& stream, double pushed, const Column& out,
                  std::size_t at) {
    const std::size_t width = stream.width();
    const double* const row = width == 1 ? &pushed : stream.row();
    switch (out.element) {
        case Element::f32:
            return store_row<float>(out.as<float>() + at * width, row, width);
        case Element::i32:
            return store_row<std::int32_t>(out.as<std::int32_t>() + at * width, row, width);
        default:
            return store_row<std::int64_t>(out.as<std::int64_t>() + at * width, row, width);
    }
}

void push_columns(hydrophone_stream& stream, const Column* in, bool pair, const Column& out) {
    PyThreadState* const others = in[0].count < LONG_SERIES ? nullptr : PyEval_SaveThread();
    for (std::size_t i = 0; i < in[0].count; ++i) {
        const double pushed = stream.push(sample_at(in[0], i), pair ? sample_at(in[1], i) : 0.0);
        store_result(stream, pushed, out, i);
    }
    if (others != nullptr) {
        PyEval_RestoreThread(others);
    }
}

bool check_bins(const Column& bins, std::size_t count) {
    for (std::size_t i = 0; i < bins.count; ++i) {
        if (bins.as<const std::uint8_t>()[i] >= count) {
            PyErr_Format(PyExc_ValueError, "x holds bin %d at %zu: there are %zu bins",
                         static_cast<int>(bins.as<const std::uint8_t>()[i]), i, count);
            return false;
        }
    }
    return true;
}

const hydrophone_library* find_library(const char* isa) {
    try {
        return choose_isa(isa).library;
    } catch (const std::exception& error) {
        PyErr_SetString(PyExc_ValueError, error.what());
        return nullptr;
    }
}

}  // namespace hydrophone
