// NumPy arrays through the buffer protocol: no copies, and errors that name what is wrong.
#pragma once

#include <nanobind/nanobind.h>

#include <cstddef>
#include <string>

namespace hydrophone {

// An array's memory, held for as long as the object lives.
class Buffer {
  public:
    // Throws a Python TypeError or ValueError that begins with `what` unless the array is
    // contiguous, of the given element size and format, of no more than the given dimensions (one
    // or two), and writable where that is asked for.
    Buffer(nanobind::handle array, const char* what, const char* format, std::size_t item_size,
           bool writable, int dimensions = 1);
    ~Buffer() { PyBuffer_Release(&view_); }
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;

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
