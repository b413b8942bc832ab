#include <sys/mman.h>

#include <mutex>

#include "core/huge_pages.hpp"
#include "core/kernels.hpp"

namespace hydrophone {
namespace {

constexpr std::size_t HUGE_PAGE = std::size_t{2} << 20;
constexpr int HUGE_2_MIB = 21 << MAP_HUGE_SHIFT;

// What lies on reserved huge pages, which are given back as a whole.
struct Reserved {
    std::mutex lock;
    bool wanted = false;
    void* stretches[256] = {};
};
constinit Reserved reserved;

std::size_t whole_pages(std::size_t bytes) {
    return (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
}

void* map(std::size_t bytes, int more) {
    void* const memory =
        mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | more, -1, 0);
    return memory == MAP_FAILED ? nullptr : memory;
}

// Exchanges a stretch of the list for another; false if it is not there.
bool exchange(void* stretch, void* other) {
    for (void*& place : reserved.stretches) {
        if (place == stretch) {
            place = other;
            return true;
        }
    }
    return false;
}

void* allocate_reserved(std::size_t bytes) {
    const std::lock_guard alone(reserved.lock);
    if (!reserved.wanted) {
        return nullptr;
    }
    void* const memory = map(whole_pages(bytes), MAP_HUGETLB | HUGE_2_MIB);
    if (memory != nullptr && !exchange(nullptr, memory)) {
        munmap(memory, whole_pages(bytes));
        return nullptr;
    }
    return memory;
}

bool release_reserved(void* memory, std::size_t bytes) {
    const std::lock_guard alone(reserved.lock);
    if (!exchange(memory, nullptr)) {
        return false;
    }
    munmap(memory, whole_pages(bytes));
    return true;
}

}  // namespace

Block::~Block() = default;
Engine::~Engine() = default;
FusionEngine::~FusionEngine() = default;
SignalPipelineEngine::~SignalPipelineEngine() = default;

void reserve_huge_pages(bool reserve) {
    const std::lock_guard alone(reserved.lock);
    reserved.wanted = reserve;
}

std::byte* allocate_state(std::size_t bytes) {
    void* memory = allocate_reserved(bytes);
    if (memory == nullptr) {
        memory = map(bytes, 0);
        if (memory == nullptr) {
            return nullptr;
        }
        madvise(memory, bytes, MADV_HUGEPAGE);
    }
    return static_cast<std::byte*>(memory);
}

void release_state(std::byte* memory, std::size_t bytes) {
    if (memory != nullptr && !release_reserved(memory, bytes)) {
        munmap(memory, bytes);
    }
}

}  // namespace hydrophone
