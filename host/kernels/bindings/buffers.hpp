// Buffers: NumPy arrays of any dtype without a copy, and errors that name what is wrong.
#pragma once

#include <nanobind/nanobind.h>

#include <cstddef>
#include <initializer_list>
#include <string>

#include "bindings/arrays.hpp"

namespace hydrophone {

// What an element of an array must be.
class ElementType {
  public:
    // `copied` where each element is read by copying it, wherever it lies.
    explicit ElementType(nanobind::object dtype, bool copied = false);

    // Whether elements of an array are of this type.
    bool is_of(const Described& array) const;
    // Whether elements at that address can be read, or written, as what they are.
    bool is_aligned(const void* data, bool writable) const;

    nanobind::handle dtype() const { return dtype_; }
    std::size_t size() const { return size_; }

  private:
    nanobind::object dtype_;
    // The dtype that was last found alike: comparing fields takes longer than scoring an event.
    mutable nanobind::object known_;
    std::size_t size_;
    std::size_t alignment_;
    bool copied_;
};

// NumPy's dtype of that name.
nanobind::object dtype_of(const char* name);

// An array's memory, held for as long as the object lives.
class Buffer {
  public:
    // Throws a Python TypeError or ValueError that begins with `what` unless the array is
    // contiguous, aligned, of the given type, of no more than the given dimensions, without a mask,
    // and writable where that is asked for.
    Buffer(nanobind::handle array, const char* what, const ElementType& type, bool writable,
           int dimensions = 1);
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;

    // Throws a ValueError that begins with `what` unless the array has this shape.
    void expect(const char* what, std::initializer_list<std::size_t> shape) const;

    // Elements along the first dimension.
    std::size_t count() const;
    // Elements of one row: 1 for an array of one dimension.
    std::size_t row() const;
    template <class T>
    T* data() const {
        return static_cast<T*>(view_.data);
    }
    bool overlaps(const Buffer& other) const;

  private:
    nanobind::object array_;
    Described view_{};
};

}  // namespace hydrophone
