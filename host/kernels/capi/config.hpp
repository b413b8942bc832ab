// Configuration of the C ABI: the whale pipeline's parameters as flat numbers and as a struct.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "capi/config_data.hpp"
#include "hydrophone_model.h"

namespace hydrophone::capi {

class Config {
  public:
    // Throws a Failure of HYDROPHONE_ERROR_FILE where the numbers are no configuration.
    explicit Config(std::vector<std::int64_t> numbers);
    Config(const Config& other) : Config(other.numbers_) {}
    Config& operator=(const Config&) = delete;

    const params::PipelineParams& params() const { return params_; }
    // Throw a Failure of HYDROPHONE_ERROR_CONFIG.
    void set(const char* key, std::int64_t value);
    std::int64_t get(const char* key) const;
    void check_together() const;

    static Config preset(const char* name);
    static Config file(const void* data, std::size_t size);

  private:
    // The struct's tables lie here, too.
    std::vector<std::int64_t> numbers_;
    params::PipelineParams params_{};
};

}  // namespace hydrophone::capi

struct hydrophone_config {
    hydrophone::capi::Config config;
    mutable std::atomic_flag busy{};
};
