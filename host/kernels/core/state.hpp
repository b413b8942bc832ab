// Where blocks keep what they remember: one contiguous stretch of memory a symbol, one a class.
//
// A block reserves its pieces once, when it is made; afterwards it finds them at fixed offsets of
// whichever symbol or class an event belongs to. All state of a symbol lies together, so that an
// event touches few cache lines and can be prefetched as one.
#pragma once

#include "core/isa.hpp"

namespace HYDROPHONE_KERNELS {

// Offset of an array of T within the stretch.
template <class T>
struct Piece {
    std::size_t offset = 0;

    HYDROPHONE_INLINE T* at(std::byte* stretch) const {
        return reinterpret_cast<T*>(stretch + offset);
    }
};

class Layout {
  public:
    template <class T>
    Piece<T> reserve(std::size_t count, std::size_t alignment = alignof(T)) {
        size_ = (size_ + alignment - 1) / alignment * alignment;
        const Piece<T> piece{size_};
        size_ += count * sizeof(T);
        return piece;
    }

    // Bytes from one stretch to the next: whole cache lines.
    std::size_t stride() const { return (size_ + 63) / 64 * 64; }

  private:
    std::size_t size_ = 0;
};

// The stretches that one event may touch.
struct Place {
    std::byte* symbol;
    std::byte* group;
};

// What a block reserves its pieces from.
struct Layouts {
    Layout symbol;
    Layout group;
};

}  // namespace HYDROPHONE_KERNELS
