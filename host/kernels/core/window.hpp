// Sliding windows, one a symbol: a ring of the last values; see hydrophone_model.window.
#pragma once

#include "core/state.hpp"
#include "core/state_archive.hpp"

namespace HYDROPHONE_KERNELS {

template <class Value>
class Window {
  public:
    // A length is a power of two.
    Window(i64 length, Layout& layout)
        : length_(static_cast<u32>(length)),
          cursor_(layout.reserve<Cursor>(1)),
          ring_(layout.reserve<Value>(static_cast<std::size_t>(length))) {}

    // What a new value found: the one it took the place of, zeros where there was none, which leave
    // sums alone; and whether the window is full with it.
    struct Turn {
        Value leaving;
        bool full;
    };

    HYDROPHONE_INLINE Turn take(std::byte* symbol, Value entering) const {
        Cursor& c = *cursor_.at(symbol);
        Value& slot = ring_.at(symbol)[c.next];
        const Value leaving = slot;
        slot = entering;
        c.next = static_cast<u16>((c.next + 1u) & (length_ - 1));
        c.filled = static_cast<u16>(least<u32>(c.filled + 1u, length_));
        return {leaving, c.filled == length_};
    }

    // How many values there are, and the values; when they are read in, `visit` sees each.
    template <class Visit>
    void state(std::byte* symbol, StateArchive& archive, const Visit& visit) const {
        Cursor& c = *cursor_.at(symbol);
        Value* const ring = ring_.at(symbol);
        archive(c.filled);
        archive.ring(
            length_, c.next, [=](std::size_t i) { return static_cast<i64>(ring[i]); },
            [&](std::size_t i, i64 value) {
                ring[i] = static_cast<Value>(value);
                visit(value);
            });
        if (archive.loading()) {
            c.next = 0;
        }
    }

  private:
    struct Cursor {
        u16 next;
        u16 filled;
    };

    u32 length_;
    Piece<Cursor> cursor_;
    Piece<Value> ring_;
};

}  // namespace HYDROPHONE_KERNELS
