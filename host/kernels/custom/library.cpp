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

struct CustomBlock {
    // Keeps the integers that the parameters point to.
    hydrophone::Reader reader;
    hydrophone::custom::Params params;
    std::unique_ptr<hydrophone::Block> block;
};

}  // namespace

#define HYDROPHONE_OFFERED extern "C" [[gnu::visibility("default")]]

// Null without memory. The numbers are those of `hydrophone_model.cheader.flattened`.
HYDROPHONE_OFFERED CustomBlock* hydrophone_custom_make(std::int64_t* numbers, std::size_t count) {
    std::FILE* const file = fmemopen(numbers, count * sizeof *numbers, "rb");
    if (file == nullptr) {
        return nullptr;
    }
    auto custom_block = std::make_unique<CustomBlock>();
    custom_block->reader.file = file;
    custom_block->params.each(custom_block->reader);
    std::fclose(file);
    custom_block->block.reset(HYDROPHONE_KERNELS::make_custom(custom_block->params));
    return custom_block->block == nullptr ? nullptr : custom_block.release();
}

// Most elements that the ports of one side may have.
HYDROPHONE_OFFERED std::size_t hydrophone_custom_longest_row() {
    return HYDROPHONE_KERNELS::LONGEST_ROW;
}

HYDROPHONE_OFFERED void hydrophone_custom_free(CustomBlock* custom_block) { delete custom_block; }

HYDROPHONE_OFFERED void hydrophone_custom_reset(CustomBlock* custom_block) {
    custom_block->block->reset();
}

HYDROPHONE_OFFERED void hydrophone_custom_process(CustomBlock* custom_block,
                                                  const hydrophone::Array* inputs,
                                                  std::size_t input_count,
                                                  const hydrophone::Array* outputs,
                                                  std::size_t output_count, std::size_t events) {
    custom_block->block->process(inputs, input_count, outputs, output_count, events);
}
