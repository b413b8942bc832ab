// State memory: the stretches of all symbols, and behind them those of all classes.
#pragma once

#include "core/kernels.hpp"
#include "core/state.hpp"

namespace HYDROPHONE_KERNELS {

// Of an event of any alignment, whose symbol need not be one.
HYDROPHONE_INLINE std::size_t symbol_of(const Event* event) {
    Event copy;
    __builtin_memcpy(&copy, event, sizeof copy);
    return copy.symbol;
}

class StateMemory {
  public:
    StateMemory(const Layouts& layouts, i64 symbols, i64 groups)
        : symbol_stride_(layouts.symbol.stride()),
          group_stride_(layouts.group.stride()),
          symbols_(static_cast<std::size_t>(symbols)),
          groups_(static_cast<std::size_t>(groups)),
          memory_(allocate_state(size())) {}

    ~StateMemory() { release_state(memory_, size()); }
    StateMemory(const StateMemory&) = delete;
    StateMemory& operator=(const StateMemory&) = delete;

    bool allocated() const { return memory_ != nullptr; }

    bool has_layout(const Layouts& layouts) const {
        return layouts.symbol.stride() == symbol_stride_ && layouts.group.stride() == group_stride_;
    }

    HYDROPHONE_INLINE std::byte* symbol(std::size_t number) const {
        return memory_ + number * symbol_stride_;
    }

    std::size_t groups() const { return groups_; }

    HYDROPHONE_INLINE std::byte* group(std::size_t symbol_number) const {
        return memory_ + symbols_ * symbol_stride_ +
               (symbol_number & (groups_ - 1)) * group_stride_;
    }

    // Zeroes everything and lets the block write what it begins with.
    template <class Beginner>
    void reset(const Beginner& block) {
        __builtin_memset(memory_, 0, size());
        for (std::size_t number = 0; number < groups_; ++number) {
            block.begin(group(number));
        }
    }

    std::size_t symbols() const { return symbols_; }

  private:
    std::size_t size() const {
        return most<std::size_t>(symbols_ * symbol_stride_ + groups_ * group_stride_, 64);
    }

    std::size_t symbol_stride_;
    std::size_t group_stride_;
    std::size_t symbols_;
    std::size_t groups_;
    std::byte* memory_;
};

}  // namespace HYDROPHONE_KERNELS
