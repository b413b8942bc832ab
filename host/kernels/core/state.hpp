// State layout: one contiguous stretch of memory a symbol, one a class, for all blocks.
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
    HYDROPHONE_INLINE const T* at(const std::byte* stretch) const {
        return reinterpret_cast<const T*>(stretch + offset);
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

// Events go through the blocks in chunks: each block runs over all events of a chunk before the
// next block begins. So the processor works on many events at once where they do not depend on each
// other, in vectors or not. A column is one number of every event of a chunk.
inline constexpr std::size_t CHUNK = 32;
// Lanes of the widest vector of 64-bit integers; columns may be computed up to a multiple of it.
inline constexpr std::size_t LANES = 8;
static_assert(CHUNK % LANES == 0);
// Fewer events than this are computed one by one: a vector read just after its lanes were written
// singly would wait for them.
inline constexpr std::size_t FEW = 4;

struct alignas(64) Column {
    i64 values[CHUNK];

    HYDROPHONE_INLINE i64& operator[](std::size_t i) { return values[i]; }
    HYDROPHONE_INLINE const i64& operator[](std::size_t i) const { return values[i]; }
};

// Neighbouring columns: a port of several elements. There is no such thing as none, so that a port
// that is left out does not compile.
template <class Element>
class ColumnsOf {
  public:
    HYDROPHONE_INLINE ColumnsOf(Element* first) : first_(first) {}
    HYDROPHONE_INLINE Element& operator[](std::size_t i) const { return first_[i]; }

  private:
    Element* first_;
};
using Columns = ColumnsOf<Column>;
using ConstColumns = ColumnsOf<const Column>;

// One number of every kind of every event of a chunk, an event's side by side.
struct alignas(64) Rows {
    static constexpr std::size_t KINDS = model::wiring::KINDS;
    i64 values[CHUNK][KINDS];
};
static_assert(Rows::KINDS == 4, "a vector holds one number of every kind");

// The stretches that each event of a chunk belongs to.
struct Places {
    std::byte* symbol[CHUNK];
    std::byte* group[CHUNK];
};

// Blocks are compiled for a whole chunk and for a single event, with loops of a known length, and
// for what lies between.
struct WholeChunk : Places {
    static constexpr std::size_t count = CHUNK;
};
struct SingleEvent : Places {
    static constexpr std::size_t count = 1;
};
struct PartOfChunk : Places {
    std::size_t count;
};

// What a block reserves its pieces from.
struct Layouts {
    Layout symbol;
    Layout group;
};

}  // namespace HYDROPHONE_KERNELS
