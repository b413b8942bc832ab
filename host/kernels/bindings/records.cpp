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
    DecisionLayout layout;
#define X(field, Type) layout.field = offset(#field);
    HYDROPHONE_DECISION(X)
#undef X
    layout.size = nb::cast<std::size_t>(dtype.attr("itemsize"));
    return layout;
}

nb::module_ checks() { return nb::module_::import_("hydrophone_drivers.checks"); }

}  // namespace hydrophone
