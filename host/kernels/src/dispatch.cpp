#include "dispatch.hpp"

#include "hydrophone_isas.h"

namespace hydrophone {

#define X(isa)              \
    namespace isa {         \
    const char* isa_name(); \
    }
HYDROPHONE_ISAS(X)
#undef X

std::vector<std::string> compiled_isas() {
#define X(isa) isa::isa_name(),
    return {HYDROPHONE_ISAS(X)};
#undef X
}

}  // namespace hydrophone
