#include <sys/mman.h>

#include "core/kernels.hpp"

namespace hydrophone {

Block::~Block() = default;
Engine::~Engine() = default;
FusionEngine::~FusionEngine() = default;
SignalPipelineEngine::~SignalPipelineEngine() = default;

std::byte* allocate_state(std::size_t bytes) {
    void* const memory =
        mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return nullptr;
    }
    madvise(memory, bytes, MADV_HUGEPAGE);
    return static_cast<std::byte*>(memory);
}

void release_state(std::byte* memory, std::size_t bytes) {
    if (memory != nullptr) {
        munmap(memory, bytes);
    }
}

}  // namespace hydrophone
