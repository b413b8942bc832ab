// Chooses, at run time, among the kernels compiled for several instruction sets.
#pragma once

#include <string>
#include <vector>

namespace hydrophone {

// Names of the instruction sets compiled in, oldest first; the first is the scalar reference.
std::vector<std::string> compiled_isas();

}  // namespace hydrophone
