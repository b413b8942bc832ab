// NumPy arrays through the buffer protocol: no copies, and errors that name what is wrong.
#pragma once

#include <nanobind/nanobind.h>

#include <cstddef>
#include <initializer_list>
#include <string>
#include <utility>

namespace hydrophone {

// What an element of an array must be.
class ElementType {
  public:
    // `format` in the notation of Python's buffers.
    ElementType(std::string format, std::size_t size) : format_(std::move(format)), size_(size) {}

    // Whether the array has the type that was last found right. Asking for the array's format takes
    // microseconds where it is a record: this takes a comparison.
    bool is_known(nanobind::handle array) const;
    void remember(nanobind::handle array);

    const std::string& format() const { return format_; }
    std::size_t size() const { return size_; }

  private:
    static PyObject* type_of(nanobind::handle array);

    std::string format_;
    std::size_t size_;
    // Held, so that no other type can take its address.
    PyObject* known_ = nullptr;
};

// An array's memory, held for as long as the object lives.
class Buffer {
  public:
    // Throws a Python TypeError or ValueError that begins with `what` unless the array is
    // contiguous, of the given type, of no more than the given dimensions, and writable where that
    // is asked for.
    Buffer(nanobind::handle array, const char* what, ElementType& type, bool writable,
           int dimensions = 1);
    ~Buffer() { PyBuffer_Release(&view_); }
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
        return static_cast<T*>(view_.buf);
    }
    bool overlaps(const Buffer& other) const;

  private:
    Py_buffer view_{};
};

}  // namespace hydrophone
