#include "bindings/records.hpp"

namespace nb = nanobind;

namespace hydrophone {
namespace {

nb::object record_dtype(const char* name) {
    return nb::module_::import_("hydrophone_model.records").attr(name).attr("dtype");
}

}  // namespace

const ElementType& event_type() {
    static const ElementType& type = *new ElementType(record_dtype("EVENT"), true);
    return type;
}

const ElementType& result_type() {
    static const ElementType& type = *new ElementType(record_dtype("RESULT"), true);
    return type;
}

DecisionLayout layout_of(nb::handle dtype) {
    const nb::object fields = dtype.attr("fields");
    const auto offset = [&](const char* name) {
        return nb::cast<std::size_t>(nb::object(fields[name])[1]);
    };
    return {offset("decided"),
            offset("best"),
            offset("rank"),
            offset("fused_scores"),
            offset("fused_ranks"),
            offset("used"),
            offset("diversity"),
            offset("performance"),
            nb::cast<std::size_t>(dtype.attr("itemsize"))};
}

nb::module_ checks() { return nb::module_::import_("hydrophone_drivers.checks"); }

}  // namespace hydrophone
