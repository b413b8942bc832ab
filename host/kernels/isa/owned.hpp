// Owning pointer to what another compilation of this instruction set made.
#pragma once

#include "core/isa.hpp"

namespace HYDROPHONE_KERNELS {

// As std::unique_ptr, whose code the linker could merge with another compilation's.
template <class Made>
class Owned {
  public:
    explicit Owned(Made* made) : made_(made) {}
    ~Owned() { delete made_; }
    Owned(const Owned&) = delete;
    Owned& operator=(const Owned&) = delete;

    Made* operator->() const { return made_; }
    bool exists() const { return made_ != nullptr; }

  private:
    Made* made_;
};

}  // namespace HYDROPHONE_KERNELS
