// A user's own block as a library by itself, for hydrophone.custom.
//
// HYDROPHONE_CUSTOM names the file with the kernel, which defines in the namespace
// HYDROPHONE_KERNELS
//
//     Block* make_custom(const custom::Params& p);
#include <memory>

#include HYDROPHONE_CUSTOM
#include "core/reader.hpp"
#include "isa/block.hpp"

namespace {

struct Own {
    // Keeps the integers that the parameters point to.
    hydrophone::Reader reader;
    hydrophone::custom::Params params;
    std::unique_ptr<hydrophone::Block> block;
};

}  // namespace

#define HYDROPHONE_OFFERED extern "C" [[gnu::visibility("default")]]

// Null without memory. The numbers are those of `hydrophone_model.cheader.flattened`.
HYDROPHONE_OFFERED Own* hydrophone_custom_make(std::int64_t* numbers, std::size_t count) {
    std::FILE* const file = fmemopen(numbers, count * sizeof *numbers, "rb");
    if (file == nullptr) {
        return nullptr;
    }
    auto own = std::make_unique<Own>();
    own->reader.file = file;
    own->params.each(own->reader);
    std::fclose(file);
    own->block.reset(HYDROPHONE_KERNELS::make_custom(own->params));
    return own->block == nullptr ? nullptr : own.release();
}

// Most elements that the ports of one side may have.
HYDROPHONE_OFFERED std::size_t hydrophone_custom_longest_row() {
    return HYDROPHONE_KERNELS::LONGEST_ROW;
}

HYDROPHONE_OFFERED void hydrophone_custom_free(Own* own) { delete own; }

HYDROPHONE_OFFERED void hydrophone_custom_reset(Own* own) { own->block->reset(); }

HYDROPHONE_OFFERED void hydrophone_custom_process(Own* own, const hydrophone::Array* inputs,
                                                  std::size_t input_count,
                                                  const hydrophone::Array* outputs,
                                                  std::size_t output_count, std::size_t events) {
    own->block->process(inputs, input_count, outputs, output_count, events);
}
