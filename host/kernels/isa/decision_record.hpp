// A decision's record for any number of systems and candidates.
#pragma once

#include <cstddef>

#include "fusion/decision.hpp"
#include "isa/block.hpp"

namespace HYDROPHONE_KERNELS {

struct DecisionRecord {
    // What any field may have, most of all the combinations of all candidates.
    static constexpr std::size_t MAX_ELEMENTS = SIDE * MAX_CANDIDATES;
    static_assert(MAX_SYSTEMS <= MAX_ELEMENTS);

#define X(field, Type) Type field[MAX_ELEMENTS];
    HYDROPHONE_DECISION(X)
#undef X

    static DecisionLayout layout() {
        DecisionLayout layout;
#define X(field, Type) layout.field = offsetof(DecisionRecord, field);
        HYDROPHONE_DECISION(X)
#undef X
        layout.size = sizeof(DecisionRecord);
        return layout;
    }

    std::byte* bytes() { return reinterpret_cast<std::byte*>(this); }

    // Writes every field to the port of its name.
    template <class Ports>
    void write(const Ports& ports) const {
#define X(field, Type) write_port(ports.field, field);
        HYDROPHONE_DECISION(X)
#undef X
    }
};

}  // namespace HYDROPHONE_KERNELS
