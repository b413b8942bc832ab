// Records of a state as Python hands them over; see hydrophone.engine_state.
#pragma once

#include <nanobind/nanobind.h>

#include <cstddef>
#include <stdexcept>
#include <vector>

#include "core/kernels.hpp"

namespace hydrophone {

// Fields, each (elements, bytes, signed).
class StateFields {
  public:
    explicit StateFields(nanobind::list fields) {
        for (nanobind::handle field : fields) {
            const auto tuple = nanobind::cast<nanobind::tuple>(field);
            fields_.push_back({nanobind::cast<std::size_t>(tuple[0]),
                               nanobind::cast<std::uint8_t>(tuple[1]),
                               nanobind::cast<bool>(tuple[2])});
            size_ += fields_.back().count * fields_.back().bytes;
        }
    }

    StateRecord record() const { return {fields_.data(), fields_.size(), size_}; }

  private:
    std::vector<StateField> fields_;
    std::size_t size_ = 0;
};

inline StateOf state_of(const std::string& of) {
    return of == "symbol" ? StateOf::SYMBOL : of == "class" ? StateOf::CLASS : StateOf::DESIGN;
}

inline void expect_fields(bool fit) {
    if (!fit) {
        throw std::logic_error("the model declares another state than the engine keeps");
    }
}

// Memory of whole records, one an element of `records`: bytes of a contiguous array.
inline std::byte* records_of(nanobind::handle address) {
    return reinterpret_cast<std::byte*>(nanobind::cast<std::uintptr_t>(address));
}

}  // namespace hydrophone
