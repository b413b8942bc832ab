// The name of the instruction set this file was compiled for.
#define HYDROPHONE_STRINGIFY_(x) #x
#define HYDROPHONE_STRINGIFY(x) HYDROPHONE_STRINGIFY_(x)

namespace hydrophone::HYDROPHONE_ISA {

const char* isa_name() { return HYDROPHONE_STRINGIFY(HYDROPHONE_ISA); }

}  // namespace hydrophone::HYDROPHONE_ISA
