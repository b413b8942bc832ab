// The Python module `hydrophone._kernels`.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "bindings/arrow.hpp"
#include "bindings/bench.hpp"
#include "bindings/buffers.hpp"
#include "bindings/fusion.hpp"
#include "bindings/histogram.hpp"
#include "bindings/library.hpp"
#include "bindings/measurement.hpp"
#include "bindings/params.hpp"
#include "bindings/push.hpp"
#include "bindings/records.hpp"
#include "bindings/shared.hpp"
#include "bindings/signal_pipeline.hpp"
#include "bindings/state.hpp"
#include "bindings/turn.hpp"
#include "core/engine_clock.hpp"
#include "core/huge_pages.hpp"
#include "core/kernels.hpp"
#include "engine/bench.hpp"
#include "engine/dispatch.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace hydrophone {
namespace {

const ElementType& integer_type() {
    static const ElementType& type = *new ElementType(dtype_of("int64"));
    return type;
}

using PipelineParams = LoadedParams<params::PipelineParams>;

// The engine of `hydrophone.engine`: state, parameters, and the buffer of the last pushed event.
class PyEngine final : public PushTarget {
  public:
    PyEngine(nb::object params, nb::object last, const std::string& isa)
        : isa_(choose_isa(isa)),
          object_(std::move(params)),
          params_(std::make_unique<PipelineParams>(object_)),
          engine_(isa_.make_engine(**params_)),
          last_(std::make_unique<Buffer>(last, "last", result_type(), true)) {
        if (engine_ == nullptr) {
            throw std::bad_alloc();
        }
        if (last_->count() != 1) {
            throw nb::value_error("last must hold one result");
        }
    }

    void process(nb::handle events, nb::handle results) {
        const Buffer in(events, "events", event_type(), false);
        const Buffer out(results, "results", result_type(), true);
        const Turn turn(busy_);
        check_batch(*engine_, events, in, out, object_);
        const auto* const first = in.data<const Event>();
        const auto all = [&] {
            clock_.run(in.count(),
                       [&] { engine_->process(first, out.data<Result>(), in.count()); });
        };
        if (in.count() < LONG_BATCH) {
            all();
        } else {
            const nb::gil_scoped_release others_may_run;
            all();
        }
        ++batches_;
    }

    std::uint32_t push(std::uint64_t time_ns, std::uint32_t price, std::uint32_t size,
                       std::uint16_t symbol, std::uint8_t side) {
        Event event{.time_ns = time_ns,
                    .sequence = 0,
                    .price = price,
                    .size = size,
                    .symbol = symbol,
                    .side = side,
                    .flags = 0,
                    .reserved = 0};
        const Result* const result = push_event(event);
        if (result == nullptr) [[unlikely]] {
            checks().attr("check_values")(nb::make_tuple(time_ns, 0, price, size, symbol, side),
                                          object_);
            throw std::logic_error("the event is out of range");
        }
        return result->flags;
    }

    const Result* push_event(Event& event) override {
        event.sequence = pushed_;
        const Turn turn(busy_);
        if (engine_->first_invalid(&event, 1) == 0) [[unlikely]] {
            return nullptr;
        }
        Result& result = *last_->data<Result>();
        clock_.run(1, [&] { engine_->process(&event, &result, 1); });
        ++pushed_;
        return &result;
    }

    void exchange_state(const std::string& of, nb::list fields, nb::handle address, bool loading) {
        const StateFields known(std::move(fields));
        const Turn turn(busy_);
        expect_fields(
            engine_->exchange_state(state_of(of), known.record(), records_of(address), loading));
    }

    void set_counters(std::uint64_t events, std::uint64_t alerts, std::uint64_t late,
                      std::uint64_t pushed) {
        const Turn turn(busy_);
        engine_->set_counters({events, alerts, late});
        pushed_ = pushed;
    }

    std::uint64_t pushed() const { return pushed_; }

    void reset() {
        const Turn turn(busy_);
        engine_->reset();
        clock_.reset();
        pushed_ = 0;
    }

    void reconfigure(nb::object params) {
        auto wanted = std::make_unique<PipelineParams>(params);
        const Turn turn(busy_);
        if (!engine_->reconfigure(**wanted)) {
            throw nb::value_error("the parameters need another engine: make a new one");
        }
        params_ = std::move(wanted);
        object_ = std::move(params);
    }

    nb::object params() const override { return object_; }
    const char* isa() const { return isa_.name; }

    nb::tuple counters() const {
        const Counters counters = engine_->counters();
        return nb::make_tuple(counters.events, counters.alerts, counters.late);
    }

    nb::bytes latency() const { return histogram_bytes(clock_); }
    std::uint64_t batches() const { return batches_; }

  private:
    // From here on other threads may run during a batch: shorter ones do not pay for the change.
    static constexpr std::size_t LONG_BATCH = 4096;

    const Isa& isa_;
    nb::object object_;
    std::unique_ptr<PipelineParams> params_;
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<Buffer> last_;
    EngineClock clock_;
    std::uint64_t pushed_ = 0;
    std::uint64_t batches_ = 0;
    bool busy_ = false;
};

// One block by itself.
class PyBlock {
  public:
    PyBlock(const std::string& name, nb::handle params, const std::string& isa)
        : isa_(choose_isa(isa)) {
#define X(block, Params, Kernel)                                              \
    if (name == #block) {                                                     \
        auto loaded = std::make_shared<LoadedParams<params::Params>>(params); \
        block_.reset(isa_.make_##block(**loaded));                            \
        params_ = std::move(loaded);                                          \
    }
        HYDROPHONE_BLOCKS(X)
#undef X
        if (params_ == nullptr) {
            throw nb::value_error(("there is no block '" + name + "'").c_str());
        }
        if (block_ == nullptr) {
            throw std::bad_alloc();
        }
    }

    void process(nb::list inputs, nb::list outputs) {
        std::vector<std::unique_ptr<Buffer>> held;
        const std::vector<Array> in = columns(inputs, "an input", held, false);
        const std::vector<Array> out = columns(outputs, "an output", held, true);
        const std::size_t events = held.empty() ? 0 : held.front()->count();
        for (const auto& buffer : held) {
            if (buffer->count() != events) {
                throw nb::value_error("columns differ in length: give one value for each event");
            }
        }
        block_->process(in.data(), in.size(), out.data(), out.size(), events);
    }

    void reset() { block_->reset(); }
    const char* isa() const { return isa_.name; }

  private:
    static std::vector<Array> columns(nb::list arrays, const char* what,
                                      std::vector<std::unique_ptr<Buffer>>& held, bool writable) {
        std::vector<Array> result;
        for (nb::handle array : arrays) {
            const Buffer& buffer = *held.emplace_back(
                std::make_unique<Buffer>(array, what, integer_type(), writable, 2));
            result.push_back({buffer.data<std::int64_t>(), buffer.row()});
        }
        return result;
    }

    const Isa& isa_;
    std::shared_ptr<void> params_;
    std::unique_ptr<Block> block_;
};

nb::dict bench_native(nb::handle params, nb::handle events, std::size_t rounds, std::size_t batch,
                      const std::string& isa) {
    const Isa& chosen = choose_isa(isa);
    const PipelineParams loaded(params);
    const std::unique_ptr<Engine> engine(chosen.make_engine(*loaded));
    if (engine == nullptr) {
        throw std::bad_alloc();
    }
    const Buffer in(events, "events", event_type(), false);
    if (engine->first_invalid(in.data<const Event>(), in.count()) != in.count()) {
        throw nb::value_error("an event is out of range");
    }
    if (rounds == 0 || batch == 0 || in.count() < batch) {
        throw nb::value_error("give at least one round and one whole batch of events");
    }
    return measurement_dict(measure(*engine, in.data<const Event>(), in.count(), rounds, batch),
                            chosen.name, batch);
}

// Engines, their locks and the caches of the bindings count on one thread at a time in Python. The
// module does not declare that it can do without: a free-threaded Python takes its GIL back when it
// loads it, unless it has been told not to.
void refuse_without_gil() {
    const nb::object enabled =
        nb::getattr(nb::module_::import_("sys"), "_is_gil_enabled", nb::none());
    if (!enabled.is_none() && !nb::cast<bool>(enabled())) {
        throw nb::import_error(
            "hydrophone's C++ engine needs the GIL, which this free-threaded Python was told to "
            "leave off: start it with PYTHON_GIL=1 or -X gil=1");
    }
}

}  // namespace
}  // namespace hydrophone

NB_MODULE(_kernels, m) {
    using namespace hydrophone;
    refuse_without_gil();
    m.doc() = "The C++ engine of Hydrophone.";
    // A program may end while a thread of it is at work.
    nb::set_leak_warnings(false);
    m.def(
        "version", [] { return HYDROPHONE_VERSION; },
        "Version of the distribution it was built for.");
    m.def("compiled_isas", &compiled_isas, "Instruction sets compiled in, oldest first.");
    m.def("available_isas", &available_isas, "Those of them that this processor has.");
    m.def(
        "chosen_isa", [] { return choose_isa().name; },
        "The one that an engine uses where none is named.");
    m.def("bench_native", &bench_native, "params"_a, "events"_a, "rounds"_a, "batch"_a,
          "isa"_a = "", "Measures the engine from within.");
    m.def(
        "interruptions",
        [](double watched_ns, double longer_than_ns) {
            return interruptions_tuple(interruptions(watched_ns, longer_than_ns));
        },
        "watched_ns"_a, "longer_than_ns"_a, "What an empty loop does not get of its processor.");
    nb::class_<PyEngine>(m, "Engine")
        .def(nb::init<nb::object, nb::object, const std::string&>(), "params"_a, "last"_a,
             "isa"_a = "")
        .def("process", &PyEngine::process, "events"_a, "results"_a)
        .def("push", &PyEngine::push, "time_ns"_a, "price"_a, "size"_a, "symbol"_a, "side"_a)
        .def(
            "make_push",
            [](nb::handle self, nb::handle lock, nb::handle record, nb::handle method) {
                return make_push(nb::cast<PyEngine&>(self), self, lock, record, method);
            },
            "lock"_a, "record"_a, "method"_a)
        .def("exchange_state", &PyEngine::exchange_state, "of"_a, "fields"_a, "address"_a,
             "loading"_a)
        .def("set_counters", &PyEngine::set_counters, "events"_a, "alerts"_a, "late"_a, "pushed"_a)
        .def_prop_ro("pushed", &PyEngine::pushed)
        .def("reset", &PyEngine::reset)
        .def("reconfigure", &PyEngine::reconfigure, "params"_a)
        .def_prop_ro("params", &PyEngine::params)
        .def_prop_ro("isa", &PyEngine::isa)
        .def_prop_ro("counters", &PyEngine::counters)
        .def_prop_ro("latency", &PyEngine::latency)
        .def_prop_ro("batches", &PyEngine::batches);
    m.def("reserve_huge_pages", &reserve_huge_pages, "reserve"_a,
          "Whether states of engines made from now on lie on reserved huge pages.");
    bind_arrow(m);
    bind_histogram(m);
    bind_fusion(m);
    bind_signal_pipeline(m);
    bind_shared(m);
    nb::class_<PyBlock>(m, "Block")
        .def(nb::init<const std::string&, nb::handle, const std::string&>(), "name"_a, "params"_a,
             "isa"_a = "")
        .def("process", &PyBlock::process, "inputs"_a, "outputs"_a)
        .def("reset", &PyBlock::reset)
        .def_prop_ro("isa", &PyBlock::isa);
    bind_bench(m);
    if (!add_push(m) || !add_library(m.ptr())) {
        throw nb::python_error();
    }
}
