// The library of kernels by the name of an instruction set, for callers in C.
#include <exception>

#include "engine/dispatch.hpp"
#include "hydrophone_kernels.h"

const hydrophone_library* hydrophone_library_of(const char* isa) {
    try {
        return hydrophone::choose_isa(isa == nullptr ? "" : isa).library;
    } catch (const std::exception&) {
        return nullptr;
    }
}
