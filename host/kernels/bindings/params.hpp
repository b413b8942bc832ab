// Parameter loader: fills the parameter structs of the generated header from the golden model's
// parameter objects.
#pragma once

#include <nanobind/nanobind.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "hydrophone_model.h"

namespace hydrophone {

// A parameter struct together with the integers that it points to.
template <class Params>
class LoadedParams {
  public:
    explicit LoadedParams(nanobind::handle object) { load(object, params_); }
    LoadedParams(const LoadedParams&) = delete;
    LoadedParams& operator=(const LoadedParams&) = delete;

    const Params& operator*() const { return params_; }

  private:
    template <class Struct>
    void load(nanobind::handle object, Struct& value) {
        value.each([&](const char* name, auto& member) { load(object.attr(name), member); });
    }

    void load(nanobind::handle object, std::int64_t& value) {
        value = nanobind::cast<std::int64_t>(object);
    }

    void load(nanobind::handle object, Fixed& value) {
        value = {nanobind::cast<bool>(object.attr("signed")),
                 nanobind::cast<int>(object.attr("integer")),
                 nanobind::cast<int>(object.attr("fraction")),
                 nanobind::cast<int>(object.attr("width")),
                 nanobind::cast<std::int64_t>(object.attr("min")),
                 nanobind::cast<std::int64_t>(object.attr("max"))};
    }

    void load(nanobind::handle object, Numbers& value) {
        std::vector<std::int64_t>& numbers = numbers_.emplace_back();
        flatten(object, numbers);
        value = {numbers.data(), numbers.size()};
    }

    // Tuples of integers, or of such tuples, row after row.
    void flatten(nanobind::handle object, std::vector<std::int64_t>& numbers) {
        for (nanobind::handle item : object) {
            if (nanobind::isinstance<nanobind::tuple>(item)) {
                flatten(item, numbers);
            } else {
                numbers.push_back(nanobind::cast<std::int64_t>(item));
            }
        }
    }

    Params params_{};
    std::deque<std::vector<std::int64_t>> numbers_;
};

}  // namespace hydrophone
