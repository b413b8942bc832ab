#include "engine/dispatch.hpp"

#include <cstdlib>
#include <stdexcept>

#include "hydrophone_isas.h"

namespace hydrophone {

#define X(isa)              \
    namespace isa {         \
    extern const Isa TABLE; \
    }
HYDROPHONE_ISAS(X)
#undef X

namespace {

// Whether this processor runs what CMakeLists.txt compiles under that name.
bool is_available(const std::string& name) {
    if (name == "scalar" || name == "neon") {
        return true;
    }
#if defined(__x86_64__)
    __builtin_cpu_init();
    const bool sse4 = __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt");
    const bool avx2 = sse4 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                      __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
                      __builtin_cpu_supports("lzcnt");
    if (name == "sse4") {
        return sse4;
    }
    if (name == "avx2") {
        return avx2;
    }
    if (name == "avx512") {
        return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl");
    }
#endif
    return false;
}

std::vector<const Isa*> tables() {
#define X(isa) &isa::TABLE,
    return {HYDROPHONE_ISAS(X)};
#undef X
}

std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) {
        text += (text.empty() ? "" : ", ") + name;
    }
    return text;
}

}  // namespace

std::vector<std::string> compiled_isas() {
    std::vector<std::string> names;
    for (const Isa* isa : tables()) {
        names.emplace_back(isa->name);
    }
    return names;
}

std::vector<std::string> available_isas() {
    std::vector<std::string> names;
    for (const std::string& name : compiled_isas()) {
        if (is_available(name)) {
            names.push_back(name);
        }
    }
    return names;
}

const Isa& choose_isa(const std::string& name) {
    std::string wanted = name, source = "isa";
    if (wanted.empty()) {
        if (const char* const variable = std::getenv(ISA_VARIABLE); variable != nullptr) {
            wanted = variable;
            source = ISA_VARIABLE;
        }
    }
    const std::vector<std::string> available = available_isas();
    if (wanted.empty()) {
        wanted = available.back();
    }
    for (const Isa* isa : tables()) {
        if (wanted == isa->name && is_available(wanted)) {
            return *isa;
        }
    }
    throw std::invalid_argument(source + " = '" + wanted + "' is not available here: use one of " +
                                listed(available) + ", or leave it out");
}

}  // namespace hydrophone
