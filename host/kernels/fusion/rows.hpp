// Loads and stores of rows: numbers in memory, a block of a vector each.
#pragma once

#include "core/lanes.hpp"
#include "fusion/decision.hpp"

#if !defined(HYDROPHONE_SCALAR)

namespace HYDROPHONE_KERNELS {

// A decision has a block of every vector, or two neighbouring ones with candidates of their own:
// `spread` says how many. Candidates lie eight by eight, those of a block in eight vectors.
template <std::size_t spread>
HYDROPHONE_INLINE constexpr std::size_t vectors_of(std::size_t candidates) {
    return (candidates + 8 * spread - 1) / (8 * spread) * 8;
}

// The candidate in a block of a vector.
template <std::size_t spread>
HYDROPHONE_INLINE constexpr std::size_t candidate_at(std::size_t vector, std::size_t block) {
    static_assert(spread == 1 || spread == 2);
    return vector / 8 * (8 * spread) + block % spread * 8 + vector % 8;
}

// Reader of words, `rows` or fewer for each decision one after another, a block each or `spread` of
// them. Whole vectors are read where they are, others copied and filled up with zeros.
template <std::size_t blocks, std::size_t spread, std::size_t most>
class Reader {
    using Vector = Lanes<blocks>;
    using Words = typename Vector::Words;

  public:
    HYDROPHONE_INLINE Reader(const i16* from, std::size_t rows, std::size_t columns)
        : from_(from), rows_(rows), columns_(columns) {
        const std::size_t filled = vectors_of<spread>(columns) * spread;
        if (rows % most == 0 && columns == filled) [[likely]] {
            return;
        }
        __builtin_memset(copied_, 0, sizeof copied_);
        for (std::size_t decision = 0; decision < blocks / spread; ++decision) {
            for (std::size_t row = 0; row < rows; ++row) {
                __builtin_memcpy(copied_ + (decision * most + row) * filled,
                                 from + (decision * rows + row) * columns, columns * sizeof *from);
            }
        }
        from_ = copied_;
        rows_ = most;
        columns_ = filled;
    }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    // The columns of a row of every decision that belong to eight vectors from `vector` on.
    HYDROPHONE_INLINE Words at(std::size_t row, std::size_t vector) const {
        return Vector::template gather<Words>([&](std::size_t block) {
            Quad eight;
            __builtin_memcpy(&eight,
                             from_ + (block / spread * rows_ + row) * columns_ +
                                 candidate_at<spread>(vector, block),
                             sizeof eight);
            return eight;
        });
    }

  private:
    const i16* from_;
    std::size_t rows_;
    std::size_t columns_;
    i16 copied_[blocks / spread * most * MAX_CANDIDATES];
};

// Writes the records of decisions next to one another.
class Writer {
  public:
    Writer(std::byte* records, const DecisionLayout& layout, std::size_t systems,
           std::size_t candidates)
        : records_(records), layout_(layout), systems_(systems), candidates_(candidates) {}

    HYDROPHONE_INLINE void fused(std::size_t decision, std::size_t way, std::size_t first,
                                 Quad values) const {
        u16* const side = way < SIDE ? at(decision).fused_scores() : at(decision).fused_ranks();
        put(values, side + way % SIDE * candidates_, first, candidates_);
    }
    // The lower half of the values.
    HYDROPHONE_INLINE void rank(std::size_t decision, std::size_t first, Quad values) const {
        put(values, at(decision).rank(), first, least(candidates_, first + 8));
    }
    HYDROPHONE_INLINE void decided(std::size_t decision, bool decided, i32 best) const {
        *at(decision).decided() = decided;
        *at(decision).best() = static_cast<u8>(best);
    }
    HYDROPHONE_INLINE void used(std::size_t decision, std::size_t octet, Quad values) const {
        put(values, at(decision).used(), 8 * octet, least(systems_, 8 * octet + 8));
    }
    HYDROPHONE_INLINE void diversity(std::size_t decision, std::size_t octet, Quad values) const {
        put(values, at(decision).diversity(), 8 * octet, systems_);
    }
    HYDROPHONE_INLINE void performance(std::size_t decision, std::size_t part, Quad values) const {
        put(values, at(decision).performance(), 4 * part, systems_);
    }

  private:
    HYDROPHONE_INLINE Decision at(std::size_t decision) const {
        return Decision(records_ + decision * layout_.size, layout_);
    }

    // As many numbers of a block, from the first on, as there are.
    template <class T>
    HYDROPHONE_INLINE static void put(Quad block, T* all, std::size_t first, std::size_t count) {
        if (first >= count) {
            return;
        }
        T* const to = all + first;
        const std::size_t bytes = (count - first) * sizeof(T);
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
