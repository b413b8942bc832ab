// The C ABI of what belongs to no handle: errors, version, instruction sets.
#include <cstdio>
#include <exception>
#include <iterator>
#include <new>
#include <vector>

#include "capi/failure.hpp"
#include "engine/dispatch.hpp"

// The build says it; elsewhere the library is nobody's distribution.
#if !defined(HYDROPHONE_VERSION)
#define HYDROPHONE_VERSION "unknown"
#endif

namespace hydrophone::capi {
namespace {

thread_local char last_error[1024];

constexpr const char* STATUS_NAMES[] = {
    "HYDROPHONE_OK",         "HYDROPHONE_ERROR_ARGUMENT", "HYDROPHONE_ERROR_CONFIG",
    "HYDROPHONE_ERROR_FILE", "HYDROPHONE_ERROR_EVENT",    "HYDROPHONE_ERROR_BUSY",
    "HYDROPHONE_ERROR_ISA",  "HYDROPHONE_ERROR_MEMORY",   "HYDROPHONE_ERROR_INTERNAL"};
static_assert(std::size(STATUS_NAMES) == HYDROPHONE_ERROR_INTERNAL + 1);

}  // namespace

hydrophone_status fail(hydrophone_status status, const char* message) noexcept {
    std::snprintf(last_error, sizeof last_error, "%s", message);
    return status;
}

hydrophone_status status_of_exception() noexcept {
    try {
        throw;
    } catch (const Failure& failure) {
        return fail(failure.status, failure.message.c_str());
    } catch (const std::bad_alloc&) {
        return fail(HYDROPHONE_ERROR_MEMORY, "there is not enough memory");
    } catch (const std::exception& error) {
        return fail(HYDROPHONE_ERROR_INTERNAL, error.what());
    } catch (...) {
        return fail(HYDROPHONE_ERROR_INTERNAL, "an exception of an unknown type");
    }
}

}  // namespace hydrophone::capi

const char* hydrophone_version(void) { return HYDROPHONE_VERSION; }

uint32_t hydrophone_abi_version(void) { return HYDROPHONE_ABI_VERSION; }

const char* hydrophone_last_error(void) { return hydrophone::capi::last_error; }

const char* hydrophone_status_name(hydrophone_status status) {
    using hydrophone::capi::STATUS_NAMES;
    const auto number = static_cast<std::size_t>(status);
    return number < std::size(STATUS_NAMES) ? STATUS_NAMES[number] : "unknown status";
}

const char* hydrophone_isa(size_t index) {
    try {
        static const std::vector<std::string>& names =
            *new std::vector<std::string>(hydrophone::available_isas());
        return index < names.size() ? names[index].c_str() : nullptr;
    } catch (...) {
        hydrophone::capi::status_of_exception();
        return nullptr;
    }
}
