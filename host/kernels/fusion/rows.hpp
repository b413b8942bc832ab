// The way in and out of vectors: rows of numbers in memory, a block of a vector each.
#pragma once

#include "core/lanes.hpp"
#include "fusion/decision.hpp"

#if !defined(HYDROPHONE_SCALAR)

namespace HYDROPHONE_KERNELS {

// Reader of words, `rows` or fewer for each block one after another. Whole octets are read where
// they are, others copied and filled up with zeros.
template <std::size_t blocks, std::size_t most>
class Reader {
    using Vector = Lanes<blocks>;
    using Words = typename Vector::Words;

  public:
    HYDROPHONE_INLINE Reader(const i16* from, std::size_t rows, std::size_t columns)
        : from_(from), rows_(rows), columns_(columns) {
        if (rows % most == 0 && columns % 8 == 0) [[likely]] {
            return;
        }
        const std::size_t filled = (columns + 7) / 8 * 8;
        __builtin_memset(copied_, 0, sizeof copied_);
        for (std::size_t block = 0; block < blocks; ++block) {
            for (std::size_t row = 0; row < rows; ++row) {
                __builtin_memcpy(copied_ + (block * most + row) * filled,
                                 from + (block * rows + row) * columns, columns * sizeof *from);
            }
        }
        from_ = copied_;
        rows_ = most;
        columns_ = filled;
    }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    // Eight columns of a row of every block.
    HYDROPHONE_INLINE Words at(std::size_t row, std::size_t column) const {
        return Vector::template gather<Words>([&](std::size_t block) {
            Quad eight;
            __builtin_memcpy(&eight, from_ + (block * rows_ + row) * columns_ + column,
                             sizeof eight);
            return eight;
        });
    }

  private:
    const i16* from_;
    std::size_t rows_;
    std::size_t columns_;
    i16 copied_[blocks * most * MOST_CANDIDATES];
};

// Writes the records of decisions next to one another.
class Writer {
  public:
    Writer(std::byte* records, const DecisionLayout& layout, std::size_t systems,
           std::size_t candidates)
        : records_(records), layout_(layout), systems_(systems), candidates_(candidates) {}

    HYDROPHONE_INLINE void fused(std::size_t block, std::size_t way, std::size_t first,
                                 Quad values) const {
        u16* const side = way < SIDE ? at(block).fused_scores() : at(block).fused_ranks();
        put(values, side + way % SIDE * candidates_ + first, candidates_ - first);
    }
    HYDROPHONE_INLINE void rank(std::size_t block, std::size_t first, Quad values) const {
        put(values, at(block).rank() + first, candidates_ - first);
    }
    HYDROPHONE_INLINE void decided(std::size_t block, bool decided, i32 best) const {
        *at(block).decided() = decided;
        *at(block).best() = static_cast<u8>(best);
    }
    HYDROPHONE_INLINE void used(std::size_t block, std::size_t octet, Quad values) const {
        put(values, at(block).used() + 8 * octet, least<std::size_t>(systems_ - 8 * octet, 8));
    }
    HYDROPHONE_INLINE void diversity(std::size_t block, std::size_t octet, Quad values) const {
        put(values, at(block).diversity() + 8 * octet, systems_ - 8 * octet);
    }
    HYDROPHONE_INLINE void performance(std::size_t block, std::size_t part, Quad values) const {
        if (systems_ > 4 * part) {
            put(values, at(block).performance() + 4 * part, systems_ - 4 * part);
        }
    }

  private:
    HYDROPHONE_INLINE Decision at(std::size_t block) const {
        return Decision(records_ + block * layout_.size, layout_);
    }

    // As many numbers of a block as there are.
    template <class T>
    HYDROPHONE_INLINE static void put(Quad block, T* to, std::size_t count) {
        const std::size_t bytes = count * sizeof(T);
        if (bytes >= sizeof block) [[likely]] {
            __builtin_memcpy(to, &block, sizeof block);
        } else if (bytes == sizeof block / 2) {
            __builtin_memcpy(to, &block, sizeof block / 2);
        } else {
            __builtin_memcpy(to, &block, bytes);
        }
    }

    std::byte* records_;
    const DecisionLayout& layout_;
    std::size_t systems_;
    std::size_t candidates_;
};

}  // namespace HYDROPHONE_KERNELS

#endif
