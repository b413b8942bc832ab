// State archive: a record of canonical integers, written from the blocks' own state or read into
// it.
//
// Each block visits its fields in the order in which its parameters declare them (`own_state` of
// the golden model), whichever way they go. Nothing here runs while events are processed.
#pragma once

#include "core/average.hpp"
#include "core/kernels.hpp"

namespace HYDROPHONE_KERNELS {

class StateArchive {
  public:
    StateArchive(const StateRecord& record, bool loading) : record_(record), loading_(loading) {}

    bool loading() const { return loading_; }

    // Goes to the beginning of another record.
    void begin(std::byte* record) {
        at_ = record;
        next_ = 0;
    }

    // Whether the last record's fields were those that the blocks visited.
    bool complete() const { return fits_ && next_ == record_.count; }

    // The fields that are still to come; none if those before did not fit.
    StateRecord rest() const {
        StateRecord rest{record_.fields + next_, fits_ ? record_.count - next_ : 0, 0};
        for (std::size_t i = 0; i < rest.count; ++i) {
            rest.size += rest.fields[i].count * rest.fields[i].bytes;
        }
        return rest;
    }

    template <class T>
    void operator()(T& value) {
        values(
            1, [&](std::size_t) { return static_cast<i64>(value); },
            [&](std::size_t, i64 loaded) { value = static_cast<T>(loaded); });
    }

    void operator()(ExponentialAverage& average) {
        (*this)(average.mean);
        (*this)(average.count);
    }

    template <class T>
    void operator()(T* elements, std::size_t count) {
        values(
            count, [=](std::size_t i) { return static_cast<i64>(elements[i]); },
            [=](std::size_t i, i64 loaded) { elements[i] = static_cast<T>(loaded); });
    }

    // A field of several elements, which `get` gives and `put` takes by their places.
    template <class Get, class Put>
    void values(std::size_t count, const Get& get, const Put& put) {
        if (next_ == record_.count || record_.fields[next_].count != count) {
            fits_ = false;
            return;
        }
        const StateField& field = record_.fields[next_++];
        for (std::size_t i = 0; i < count; ++i, at_ += field.bytes) {
            if (loading_) {
                put(i, read(field));
            } else {
                const i64 value = get(i);
                __builtin_memcpy(at_, &value, field.bytes);
            }
        }
    }

    // What a ring of a power of two holds, the oldest first; it is read in with the oldest at the
    // beginning, where the next value is to go.
    template <class Get, class Put>
    void ring(std::size_t length, std::size_t next, const Get& get, const Put& put) {
        values(length, [&](std::size_t i) { return get((next + i) & (length - 1)); }, put);
    }

  private:
    static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);

    i64 read(const StateField& field) const {
        u64 value = 0;
        __builtin_memcpy(&value, at_, field.bytes);
        const unsigned spare = 64 - 8 * field.bytes;
        return field.is_signed ? static_cast<i64>(value << spare) >> spare
                               : static_cast<i64>(value);
    }

    StateRecord record_;
    bool loading_;
    bool fits_ = true;
    std::byte* at_ = nullptr;
    std::size_t next_ = 0;
};

}  // namespace HYDROPHONE_KERNELS
