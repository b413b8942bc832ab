// Dispatch table of one instruction set.
#include "isa/makers.hpp"

namespace HYDROPHONE_KERNELS {

extern const Isa TABLE;

const Isa TABLE = {NAME, make_engine, make_fusion_engine, make_signal_pipeline_engine,
#define X(block, Params, Kernel) make_##block,
                   HYDROPHONE_BLOCKS(X)
#undef X
                       & LIBRARY};

}  // namespace HYDROPHONE_KERNELS
