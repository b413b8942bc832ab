// Generated data of configurations: see hydrophone_model.c_config, which writes its source.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace hydrophone::capi {

// The whale pipeline's parameters, flat.
struct Preset {
    const char* name;
    const std::int64_t* numbers;
    std::size_t count;
};

// A number of a configuration file.
struct Key {
    const char* name;
    const char* meaning;
    std::int64_t low, high;
    bool power_of_two;
    // Paths of the parameters that it is, with a space between; "" if others follow from it.
    const char* members;
};

// A key that may be at most what another is.
struct AtMost {
    const char* lower;
    const char* upper;
};

extern const std::uint32_t LAYOUT_HASH;
extern const std::span<const Preset> PRESETS;
extern const std::span<const Key> KEYS;
extern const std::span<const AtMost> AT_MOST;

}  // namespace hydrophone::capi
