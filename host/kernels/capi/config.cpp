// The C ABI of configurations.
#include "capi/config.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include "capi/failure.hpp"

namespace hydrophone::capi {
namespace {

[[noreturn]] void refuse_file(const std::string& reason) {
    throw Failure{HYDROPHONE_ERROR_FILE,
                  "the configuration file " + reason +
                      ": write it again with this version's `hydrophone config --binary`"};
}

// Visits the flat numbers in the order of `each`: fills the struct, and notes each number's path.
class Walk {
  public:
    Walk(const std::int64_t* numbers, std::size_t count) : numbers_(numbers), count_(count) {}

    void operator()(const char* name, std::int64_t& value) {
        note(name, position_);
        value = next();
    }
    void operator()(const char*, Numbers& value) {
        const auto length = static_cast<std::uint64_t>(next());
        if (length > count_ - position_) {
            refuse_file("ends within a table");
        }
        value = {numbers_ + position_, static_cast<std::size_t>(length)};
        position_ += value.count;
    }
    void operator()(const char*, Fixed& value) {
        value.is_signed = next() != 0;
        value.integer = static_cast<int>(next());
        value.fraction = static_cast<int>(next());
        value.width = static_cast<int>(next());
        value.min = next();
        value.max = next();
    }
    template <class Params>
    void operator()(const char* name, Params& value) {
        const std::size_t length = path_.size();
        path_ += name;
        path_ += '.';
        value.each(*this);
        path_.resize(length);
    }

    std::size_t position() const { return position_; }
    const std::vector<std::pair<std::string, std::size_t>>& places() const { return places_; }

  private:
    std::int64_t next() {
        if (position_ == count_) {
            refuse_file("ends early");
        }
        return numbers_[position_++];
    }
    void note(const char* name, std::size_t position) {
        places_.emplace_back(path_ + name, position);
    }

    const std::int64_t* numbers_;
    std::size_t count_;
    std::size_t position_ = 0;
    std::string path_;
    std::vector<std::pair<std::string, std::size_t>> places_;
};

const Key& key_of(const char* name) {
    for (const Key& key : KEYS) {
        if (std::strcmp(key.name, name) == 0) {
            return key;
        }
    }
    std::string names;
    for (const Key& key : KEYS) {
        names += (names.empty() ? "" : ", ") + std::string(key.name);
    }
    throw Failure{HYDROPHONE_ERROR_CONFIG,
                  "unknown key '" + std::string(name).substr(0, 64) + "': use one of " + names};
}

bool is_within(const Key& key, std::int64_t value) {
    return value >= key.low && value <= key.high &&
           (!key.power_of_two || (value & (value - 1)) == 0);
}

std::string refusal(const Key& key, std::int64_t value) {
    return std::string(key.name) + " = " + std::to_string(value) + " is not allowed: use " +
           std::to_string(key.low) + " ... " + std::to_string(key.high) +
           (key.power_of_two ? ", a power of two" : "");
}

// Paths of the parameters that a key is.
std::vector<std::string_view> members_of(const Key& key) {
    std::vector<std::string_view> members;
    std::string_view rest = key.members;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(' '), rest.size());
        members.push_back(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return members;
}

// The path of a parameter that has a key's value: of a key that others follow from, the one that
// ends in its name.
std::string_view member_of(const Key& key, const Walk& walk) {
    if (const auto members = members_of(key); !members.empty()) {
        return members.front();
    }
    const std::string_view name = key.name;
    for (const auto& [path, _] : walk.places()) {
        const bool ends = path.size() >= name.size() &&
                          std::string_view(path).substr(path.size() - name.size()) == name;
        if (ends && (path.size() == name.size() || path[path.size() - name.size() - 1] == '.')) {
            return path;
        }
    }
    throw Failure{HYDROPHONE_ERROR_INTERNAL, "no parameter is " + std::string(name)};
}

std::size_t place_in(const Walk& walk, std::string_view path) {
    for (const auto& [name, place] : walk.places()) {
        if (name == path) {
            return place;
        }
    }
    throw Failure{HYDROPHONE_ERROR_INTERNAL, "no parameter is " + std::string(path)};
}

std::uint32_t crc32(const unsigned char* data, std::size_t size) {
    std::uint32_t crc = ~std::uint32_t{0};
    for (std::size_t i = 0; i < size; ++i) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; ++bit) {
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
        }
    }
    return ~crc;
}

Walk walked(const std::vector<std::int64_t>& numbers, params::PipelineParams& params) {
    Walk walk(numbers.data(), numbers.size());
    params.each(walk);
    if (walk.position() != numbers.size()) {
        refuse_file("holds more than a configuration");
    }
    return walk;
}

}  // namespace

Config::Config(std::vector<std::int64_t> numbers) : numbers_(std::move(numbers)) {
    const Walk walk = walked(numbers_, params_);
    for (const Key& key : KEYS) {
        const std::int64_t value = numbers_[place_in(walk, member_of(key, walk))];
        if (!is_within(key, value)) {
            refuse_file("says " + refusal(key, value));
        }
        for (const std::string_view path : members_of(key)) {
            if (numbers_[place_in(walk, path)] != value) {
                refuse_file("says two things of " + std::string(key.name));
            }
        }
    }
}

void Config::set(const char* name, std::int64_t value) {
    const Key& key = key_of(name);
    if (!is_within(key, value)) {
        throw Failure{HYDROPHONE_ERROR_CONFIG, refusal(key, value)};
    }
    const auto members = members_of(key);
    if (members.empty()) {
        throw Failure{HYDROPHONE_ERROR_CONFIG,
                      std::string(key.name) + " = " + std::to_string(value) +
                          " cannot be set here, for other numbers follow from it: put it into a "
                          "file, `hydrophone config --binary`, and use hydrophone_config_read"};
    }
    const Walk walk = walked(numbers_, params_);
    std::vector<std::int64_t> numbers = numbers_;
    for (const std::string_view path : members) {
        numbers[place_in(walk, path)] = value;
    }
    params::PipelineParams params{};
    walked(numbers, params);
    // The buffer that the tables of `params` lie in stays where it is.
    numbers_.swap(numbers);
    params_ = params;
}

std::int64_t Config::get(const char* name) const {
    const Key& key = key_of(name);
    params::PipelineParams params{};
    const Walk walk = walked(numbers_, params);
    return numbers_[place_in(walk, member_of(key, walk))];
}

void Config::check_together() const {
    for (const AtMost& pair : AT_MOST) {
        const std::int64_t lower = get(pair.lower), upper = get(pair.upper);
        if (lower > upper) {
            throw Failure{HYDROPHONE_ERROR_CONFIG, std::string(pair.lower) + " = " +
                                                       std::to_string(lower) +
                                                       " is not allowed: use at most " +
                                                       std::to_string(upper) + ", " + pair.upper};
        }
    }
}

Config Config::preset(const char* name) {
    const char* const wanted = name == nullptr ? "default" : name;
    std::string names;
    for (const Preset& preset : PRESETS) {
        if (std::strcmp(preset.name, wanted) == 0) {
            return Config({preset.numbers, preset.numbers + preset.count});
        }
        names += (names.empty() ? "" : ", ") + std::string(preset.name);
    }
    throw Failure{HYDROPHONE_ERROR_CONFIG,
                  "no preset '" + std::string(wanted).substr(0, 64) + "': use one of " + names};
}

Config Config::file(const void* data, std::size_t size) {
    static constexpr std::size_t HEADER = 24, LARGEST_NAME = 255, LARGEST = 1 << 24;
    static constexpr char MAGIC[] = "HYDRCFG1";
    const auto* const bytes = static_cast<const unsigned char*>(data);
    if (size < HEADER + 4 || size > LARGEST || std::memcmp(bytes, MAGIC, 8) != 0) {
        refuse_file("does not begin as one of this version");
    }
    std::uint32_t layout, name, checksum;
    std::uint64_t count;
    std::memcpy(&layout, bytes + 8, 4);
    std::memcpy(&name, bytes + 12, 4);
    std::memcpy(&count, bytes + 16, 8);
    std::memcpy(&checksum, bytes + size - 4, 4);
    if (layout != LAYOUT_HASH) {
        refuse_file("is laid out for another version of the library");
    }
    if (name > LARGEST_NAME || count > LARGEST / 8 || HEADER + name + 8 * count + 4 != size) {
        refuse_file("is " + std::to_string(size) + " bytes long, which is not what it says");
    }
    if (crc32(bytes, size - 4) != checksum) {
        refuse_file("is damaged, its checksum differs");
    }
    std::vector<std::int64_t> numbers(static_cast<std::size_t>(count));
    std::memcpy(numbers.data(), bytes + HEADER + name, numbers.size() * 8);
    return Config(std::move(numbers));
}

}  // namespace hydrophone::capi

using hydrophone::capi::Config;
using hydrophone::capi::Failure;
using hydrophone::capi::guarded;
using hydrophone::capi::require;
using hydrophone::capi::Use;

hydrophone_status hydrophone_config_create(const char* preset, hydrophone_config** config) {
    return guarded([&] {
        require(config, "config");
        *config = new hydrophone_config{Config::preset(preset)};
    });
}

hydrophone_status hydrophone_config_read(const void* data, size_t size,
                                         hydrophone_config** config) {
    return guarded([&] {
        require(data, "data");
        require(config, "config");
        *config = new hydrophone_config{Config::file(data, size)};
    });
}

hydrophone_status hydrophone_config_set(hydrophone_config* config, const char* key, int64_t value) {
    return guarded([&] {
        require(config, "config");
        require(key, "key");
        const Use use(config->busy);
        config->config.set(key, value);
    });
}

hydrophone_status hydrophone_config_get(const hydrophone_config* config, const char* key,
                                        int64_t* value) {
    return guarded([&] {
        require(config, "config");
        require(key, "key");
        require(value, "value");
        const Use use(config->busy);
        *value = config->config.get(key);
    });
}

void hydrophone_config_free(hydrophone_config* config) { delete config; }

hydrophone_status hydrophone_config_key(size_t index, hydrophone_key* key) {
    return guarded([&] {
        const std::size_t size = hydrophone::capi::shared_size(key, "key");
        if (index >= hydrophone::capi::KEYS.size()) {
            throw Failure{HYDROPHONE_ERROR_ARGUMENT,
                          "index = " + std::to_string(index) + " is not allowed: use less than " +
                              std::to_string(hydrophone::capi::KEYS.size())};
        }
        const hydrophone::capi::Key& found = hydrophone::capi::KEYS[index];
        const hydrophone_key own = {.struct_size = sizeof own,
                                    .settable = found.members[0] != '\0',
                                    .name = found.name,
                                    .meaning = found.meaning,
                                    .low = found.low,
                                    .high = found.high,
                                    .power_of_two = found.power_of_two,
                                    .reserved = 0};
        hydrophone::capi::give(own, key, size);
    });
}
