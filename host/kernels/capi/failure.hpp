// Failures of the C ABI: exceptions within, a status and the thread's message at its border.
#pragma once

#include <atomic>
#include <string>

#include "capi/hydrophone.h"

namespace hydrophone::capi {

struct Failure {
    hydrophone_status status;
    std::string message;
};

// Remembers the message for hydrophone_last_error.
hydrophone_status fail(hydrophone_status status, const char* message) noexcept;

// What the exception that is being handled comes to.
hydrophone_status status_of_exception() noexcept;

// Runs the body of a function of the ABI: no exception gets out.
template <class Body>
hydrophone_status guarded(const Body& body) noexcept {
    try {
        body();
        return HYDROPHONE_OK;
    } catch (...) {
        return status_of_exception();
    }
}

inline void require(const void* pointer, const char* name) {
    if (pointer == nullptr) [[unlikely]] {
        throw Failure{HYDROPHONE_ERROR_ARGUMENT,
                      std::string(name) + " is NULL: give the address of one"};
    }
}

// A handle in use by one thread.
class Use {
  public:
    explicit Use(std::atomic_flag& busy) : busy_(busy) {
        if (busy.test_and_set(std::memory_order_acquire)) [[unlikely]] {
            throw Failure{HYDROPHONE_ERROR_BUSY,
                          "another thread is using this handle: give each thread its own"};
        }
    }
    ~Use() { busy_.clear(std::memory_order_release); }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

  private:
    std::atomic_flag& busy_;
};

// Checks the struct_size of what a caller has allocated; the caller's may be of a later version.
template <class Struct>
void require_size(const Struct* value, const char* name) {
    require(value, name);
    if (value->struct_size < sizeof(Struct)) {
        throw Failure{HYDROPHONE_ERROR_ARGUMENT,
                      std::string(name) + "->struct_size = " + std::to_string(value->struct_size) +
                          " is not allowed: use sizeof, at least " +
                          std::to_string(sizeof(Struct))};
    }
}

}  // namespace hydrophone::capi
