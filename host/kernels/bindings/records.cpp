#include "bindings/records.hpp"

#include <nanobind/stl/string.h>

namespace nb = nanobind;

namespace hydrophone {
namespace {

nb::object record_dtype(const char* name) {
    return nb::module_::import_("hydrophone_model.records").attr(name).attr("dtype");
}

}  // namespace

std::string format_of(nb::handle dtype) {
    const nb::object empty = nb::module_::import_("numpy").attr("empty")(0, dtype);
    return nb::cast<std::string>(
        nb::module_::import_("builtins").attr("memoryview")(empty).attr("format"));
}

ElementType& event_type() {
    static ElementType type(format_of(record_dtype("EVENT")), sizeof(Event));
    return type;
}

ElementType& result_type() {
    static ElementType type(format_of(record_dtype("RESULT")), sizeof(Result));
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
