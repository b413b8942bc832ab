// The table of one instruction set: what the engine chooses at run time.
#include "isa/makers.hpp"

#define HYDROPHONE_STRINGIFY_(x) #x
#define HYDROPHONE_STRINGIFY(x) HYDROPHONE_STRINGIFY_(x)

namespace HYDROPHONE_KERNELS {

extern const Isa TABLE;

const Isa TABLE = {HYDROPHONE_STRINGIFY(HYDROPHONE_ISA), make_engine,
#define X(block, Params) make_##block,
                   HYDROPHONE_BLOCKS(X)
#undef X
};

}  // namespace HYDROPHONE_KERNELS
