// Sequence lock, the writer's side: one writer changes words that any number of readers copy.
//
// As in Boehm, "Can seqlocks get along with programming language memory models?": the data are
// relaxed atomics; a release fence keeps them behind the odd lock, and a release store in front of
// the even one. The readers' side is in hydrophone_shared.h; tests check both with a model.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace hydrophone {

using SharedWord = std::atomic_ref<std::uint64_t>;

inline std::uint64_t* words_at(std::byte* memory) {
    return reinterpret_cast<std::uint64_t*>(memory);
}

// Writes a record whose first word is its lock, the rest as in `record`; the lock is odd meanwhile,
// and `lock`, which is even, afterwards.
template <class Record>
inline void write_locked(std::byte* memory, const Record& record, std::uint64_t lock) {
    constexpr std::size_t WORDS = sizeof record / sizeof(std::uint64_t);
    static_assert(sizeof record % 64 == 0, "whole cache lines");
    const auto* const bytes = reinterpret_cast<const std::byte*>(&record);
    std::uint64_t* const words = words_at(memory);
    SharedWord(words[0]).store(lock - 1, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    for (std::size_t word = 1; word < WORDS; ++word) {
        std::uint64_t value;
        std::memcpy(&value, bytes + word * sizeof value, sizeof value);
        SharedWord(words[word]).store(value, std::memory_order_relaxed);
    }
    SharedWord(words[0]).store(lock, std::memory_order_release);
}

}  // namespace hydrophone
