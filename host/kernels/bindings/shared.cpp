#include "bindings/shared.hpp"

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>
#include <time.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "bindings/buffers.hpp"
#include "bindings/records.hpp"
#include "bindings/turn.hpp"
#include "shared/bench.hpp"
#include "shared/hydrophone_shared.h"
#include "shared/writer.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace hydrophone {
namespace {

ElementType* new_shared_type(const char* name) {
    return new ElementType(
        nb::module_::import_("hydrophone_model.shared_memory").attr(name).attr("dtype"), true);
}

const ElementType& snapshot_type() {
    static const ElementType& type = *new_shared_type("SNAPSHOT");
    return type;
}

const ElementType& alert_type() {
    static const ElementType& type = *new_shared_type("ALERT");
    return type;
}

const ElementType& byte_type() {
    static const ElementType& type = *new ElementType(dtype_of("uint8"));
    return type;
}

// Of the parameters of the alert block, with the thresholds of every class, if they are known.
ThresholdRule rule_of(nb::handle alert, std::vector<std::uint32_t> thresholds) {
    ThresholdRule rule{.falls = {},
                       .lift = nb::cast<std::uint32_t>(alert.attr("lift")),
                       .classes = nb::cast<std::size_t>(alert.attr("classes")),
                       .thresholds = std::move(thresholds)};
    const auto falls = nb::cast<std::vector<std::uint32_t>>(alert.attr("falls"));
    if (falls.size() != rule.falls.size()) {
        throw nb::value_error("alert.falls has another length than there are kinds");
    }
    std::copy(falls.begin(), falls.end(), rule.falls.begin());
    if (!rule.thresholds.empty() && rule.thresholds.size() != rule.classes * Kind::COUNT) {
        throw nb::value_error("give one threshold for each kind of each class, or none");
    }
    return rule;
}

// See `hydrophone.shared_memory.publisher`, which makes the segment and keeps it mapped.
class PySharedWriter {
  public:
    PySharedWriter(nb::handle memory, nb::handle alert, std::vector<std::uint32_t> thresholds)
        : memory_(memory, "memory", byte_type(), true),
          writer_(checked(memory_), rule_of(alert, std::move(thresholds))) {}

    void publish(nb::handle results) {
        const Buffer in(results, "results", result_type(), false);
        const Turn turn(busy_);
        writer_.publish(in.data<const Result>(), in.count());
    }

    void rank(nb::handle rank, bool decided, std::uint8_t best) {
        const Buffer in(rank, "rank", byte_type(), false);
        const Turn turn(busy_);
        writer_.rank({in.data<const std::uint8_t>(), in.count(), decided, best});
    }

    bool name(nb::bytes text) {
        const Turn turn(busy_);
        return writer_.name({text.c_str(), text.size()});
    }

    void set_rule(nb::handle alert, std::vector<std::uint32_t> thresholds) {
        ThresholdRule rule = rule_of(alert, std::move(thresholds));
        const Turn turn(busy_);
        writer_.set_rule(std::move(rule));
    }

    void heartbeat() { writer_.heartbeat(); }
    void end(std::uint64_t state) { writer_.end(state); }

  private:
    // The header is the caller's, but it must be of that memory.
    static std::byte* checked(const Buffer& memory) {
        hydrophone_shared_header header{};
        if (memory.count() < sizeof header) {
            throw nb::value_error("memory is smaller than a header");
        }
        std::memcpy(&header, memory.data<const std::byte>(), sizeof header);
        if (hydrophone_shared_check_(&header, memory.count()) != HYDROPHONE_SHARED_OK) {
            throw nb::value_error("memory has no header of its own size");
        }
        return memory.data<std::byte>();
    }

    Buffer memory_;
    SharedWriter writer_;
    bool busy_ = false;
};

// See `hydrophone.shared_memory.reader`.
class PySharedReader {
  public:
    PySharedReader() { shared_.file = -1; }
    ~PySharedReader() { hydrophone_shared_detach(&shared_); }
    PySharedReader(const PySharedReader&) = delete;
    PySharedReader& operator=(const PySharedReader&) = delete;

    int attach(const std::string& name, bool allow_stale) {
        hydrophone_shared_detach(&shared_);
        return hydrophone_shared_attach(&shared_, name.c_str(),
                                        allow_stale ? HYDROPHONE_SHARED_ALLOW_STALE : 0);
    }

    void detach() { hydrophone_shared_detach(&shared_); }

    // Snapshots of symbols from the first one on; OK, or what kept one from being read.
    int snapshots(std::uint32_t first, nb::handle out) const {
        const Buffer records(out, "out", snapshot_type(), true);
        attached();
        for (std::size_t i = 0; i < records.count(); ++i) {
            hydrophone_snapshot snapshot;
            const int status = hydrophone_shared_snapshot(
                &shared_, first + static_cast<std::uint32_t>(i), &snapshot);
            if (status != HYDROPHONE_SHARED_OK) {
                return status;
            }
            std::memcpy(records.data<hydrophone_snapshot>() + i, &snapshot, sizeof snapshot);
        }
        return HYDROPHONE_SHARED_OK;
    }

    // Reads alerts from a cursor on: how many, the cursor behind them, and how many it missed.
    nb::tuple alerts(std::uint64_t next, nb::handle out) const {
        const Buffer records(out, "out", alert_type(), true);
        attached();
        hydrophone_alert_cursor cursor{.next = next, .missed = 0};
        std::size_t count = 0;
        hydrophone_shared_alert alert;
        while (count < records.count() &&
               hydrophone_shared_next_alert(&shared_, &cursor, &alert) == HYDROPHONE_SHARED_OK) {
            std::memcpy(records.data<hydrophone_shared_alert>() + count++, &alert, sizeof alert);
        }
        return nb::make_tuple(count, cursor.next, cursor.missed);
    }

    std::uint64_t newest() const { return hydrophone_shared_newest(&attached()).next; }
    std::uint64_t oldest() const { return hydrophone_shared_oldest(&attached()).next; }
    int writer() const { return hydrophone_shared_writer(&attached()); }

    std::uint64_t silence_ns() const {
        timespec now{};
        clock_gettime(CLOCK_MONOTONIC, &now);
        return hydrophone_shared_silence_ns(&attached(),
                                            static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
                                                static_cast<std::uint64_t>(now.tv_nsec));
    }

    // The header: what never changes as it was found, the rest as it is now.
    nb::bytes header() const {
        hydrophone_shared_header header = shared_.header;
        if (shared_.memory != nullptr) {
            std::uint64_t copy[sizeof header / sizeof(std::uint64_t)];
            std::memcpy(copy, &header, sizeof header);
            constexpr std::size_t live = offsetof(hydrophone_shared_header, state);
            for (std::size_t word = live / sizeof copy[0]; word < std::size(copy); ++word) {
                copy[word] = hydrophone_shared_header_word_(&shared_, word * sizeof copy[0]);
            }
            std::memcpy(&header, copy, sizeof header);
        }
        return nb::bytes(reinterpret_cast<const char*>(&header), sizeof header);
    }

    nb::bytes name(std::uint32_t symbol) const {
        char text[HYDROPHONE_SHARED_NAME_BYTES + 1];
        const std::size_t length = hydrophone_shared_name_of(&attached(), symbol, text);
        return nb::bytes(text, length);
    }

    int system_error() const { return shared_.system_error; }

  private:
    const hydrophone_shared& attached() const {
        if (shared_.memory == nullptr) {
            throw nb::value_error("the reader is closed: attach anew");
        }
        return shared_;
    }

    hydrophone_shared shared_{};
};

nb::dict bench(nb::handle events, std::size_t symbols, std::size_t batch, int cpu_writer,
               int cpu_reader, double seconds) {
    const Buffer in(events, "results", result_type(), false);
    SharedBench measured;
    {
        const nb::gil_scoped_release others_may_run;
        measured = measure_shared(in.data<const Result>(), in.count(), symbols, batch, cpu_writer,
                                  cpu_reader, seconds);
    }
    const auto memory = [](const std::vector<float>& numbers) {
        return nb::bytes(reinterpret_cast<const char*>(numbers.data()),
                         numbers.size() * sizeof numbers[0]);
    };
    nb::dict result;
    result["publish_alone_ns"] = memory(measured.publish_alone_ns);
    result["publish_read_ns"] = memory(measured.publish_read_ns);
    result["reads_ns"] = memory(measured.reads_ns);
    result["reads_a_batch"] = measured.reads_a_batch;
    result["busy"] = measured.busy;
    result["alerts_ns"] = memory(measured.alerts_ns);
    result["alerts_missed"] = measured.alerts_missed;
    return result;
}

}  // namespace

void bind_shared(nb::module_& m) {
    nb::class_<PySharedWriter>(m, "SharedWriter")
        .def(nb::init<nb::handle, nb::handle, std::vector<std::uint32_t>>(), "memory"_a, "alert"_a,
             "thresholds"_a)
        .def("publish", &PySharedWriter::publish, "results"_a)
        .def("rank", &PySharedWriter::rank, "rank"_a, "decided"_a, "best"_a)
        .def("name", &PySharedWriter::name, "text"_a)
        .def("set_rule", &PySharedWriter::set_rule, "alert"_a, "thresholds"_a)
        .def("heartbeat", &PySharedWriter::heartbeat)
        .def("end", &PySharedWriter::end, "state"_a);
    nb::class_<PySharedReader>(m, "SharedReader")
        .def(nb::init<>())
        .def("attach", &PySharedReader::attach, "name"_a, "allow_stale"_a)
        .def("detach", &PySharedReader::detach)
        .def("snapshots", &PySharedReader::snapshots, "first"_a, "out"_a)
        .def("alerts", &PySharedReader::alerts, "next"_a, "out"_a)
        .def("newest", &PySharedReader::newest)
        .def("oldest", &PySharedReader::oldest)
        .def("writer", &PySharedReader::writer)
        .def("silence_ns", &PySharedReader::silence_ns)
        .def("header", &PySharedReader::header)
        .def("name", &PySharedReader::name, "symbol"_a)
        .def_prop_ro("system_error", &PySharedReader::system_error);
    m.def("process_start", &hydrophone_shared_start_of_, "pid"_a,
          "When a process started, clock ticks since boot; 0 where there is none.");
    m.def("bench_shared", &bench, "results"_a, "symbols"_a, "batch"_a, "cpu_writer"_a,
          "cpu_reader"_a, "seconds"_a, "Measures writer and reader on two processors.");
}

}  // namespace hydrophone
