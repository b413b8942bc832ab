// Dispatch: chooses, at run time, among the kernels compiled for several instruction sets.
#pragma once

#include <string>
#include <vector>

#include "core/kernels.hpp"

namespace hydrophone {

// The variable of the environment that overrides the choice.
inline constexpr const char* ISA_VARIABLE = "HYDROPHONE_ISA";

// Names of the instruction sets compiled in, oldest first; the first is the scalar reference.
std::vector<std::string> compiled_isas();

// Those of them that this processor has.
std::vector<std::string> available_isas();

// The named one; without a name the one that $HYDROPHONE_ISA names, else the newest available.
// Throws std::invalid_argument if it is unknown, not compiled in or not available here.
const Isa& choose_isa(const std::string& name = "");

}  // namespace hydrophone
