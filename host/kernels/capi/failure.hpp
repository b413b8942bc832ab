// Failures of the C ABI: exceptions within, a status and the thread's message at its border.
#pragma once

#include <atomic>
#include <cstring>
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

// Size of a struct in the first version of the ABI: programs of that version give no more.
template <class Struct>
inline constexpr std::size_t FIRST_SIZE = 0;
template <>
inline constexpr std::size_t FIRST_SIZE<hydrophone_key> = 48;
template <>
inline constexpr std::size_t FIRST_SIZE<hydrophone_options> = 16;
template <>
inline constexpr std::size_t FIRST_SIZE<hydrophone_counters> = 48;
template <>
inline constexpr std::size_t FIRST_SIZE<hydrophone_snapshot> = 64;

// Bytes that caller and library both know of a struct of the caller's, which may be of an earlier
// or a later version.
template <class Struct>
std::size_t shared_size(const Struct* value, const char* name) {
    static_assert(FIRST_SIZE<Struct> != 0 && FIRST_SIZE<Struct> <= sizeof(Struct));
    require(value, name);
    const std::size_t size = value->struct_size;
    if (size < FIRST_SIZE<Struct>) {
        throw Failure{HYDROPHONE_ERROR_ARGUMENT, std::string(name) +
                                                     "->struct_size = " + std::to_string(size) +
                                                     " is not allowed: use sizeof, at least " +
                                                     std::to_string(FIRST_SIZE<Struct>)};
    }
    return size < sizeof(Struct) ? size : sizeof(Struct);
}

// Gives the caller what there is room for; its struct_size becomes the bytes that were filled.
template <class Struct>
void give(Struct own, Struct* value, std::size_t size) {
    own.struct_size = static_cast<std::uint32_t>(size);
    std::memcpy(value, &own, size);
}

}  // namespace hydrophone::capi
