#include "shared/bench.hpp"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <memory>
#include <thread>

#include "shared/hydrophone_shared.h"
#include "shared/writer.hpp"

namespace hydrophone {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t READS = 32;
constexpr std::uint32_t SLOTS = 4096;
constexpr std::size_t MOST = 4'000'000;

std::uint64_t ticks() {
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#else
    return static_cast<std::uint64_t>(
        std::chrono::nanoseconds(Clock::now().time_since_epoch()).count());
#endif
}

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

double ns_per_tick() {
    const auto start = Clock::now();
    const std::uint64_t first = ticks();
    while (seconds_since(start) < 0.02) {
    }
    return seconds_since(start) * 1e9 / static_cast<double>(ticks() - first);
}

void pin(int cpu) {
    cpu_set_t only;
    CPU_ZERO(&only);
    CPU_SET(static_cast<std::size_t>(cpu), &only);
    sched_setaffinity(0, sizeof only, &only);
}

// A segment in this process's memory, with a reader's handle.
struct Segment {
    explicit Segment(std::size_t symbols) {
        hydrophone_shared_header header{};
        header.magic = HYDROPHONE_SHARED_MAGIC;
        header.layout_hash = HYDROPHONE_SHARED_LAYOUT_HASH;
        header.version = HYDROPHONE_SHARED_VERSION;
        header.symbols = static_cast<std::uint32_t>(symbols);
        header.alert_slots = SLOTS;
        header.state = HYDROPHONE_SHARED_RUNNING;
        header.size = sizeof header +
                      symbols * (sizeof(hydrophone_shared_name) + sizeof(hydrophone_snapshot)) +
                      SLOTS * sizeof(hydrophone_shared_alert);
        lines.resize(header.size / sizeof(Line));
        std::memcpy(lines.data(), &header, sizeof header);
        reader.memory = reinterpret_cast<const unsigned char*>(lines.data());
        reader.header = header;
        reader.names = reader.memory + sizeof header;
        reader.snapshots = reader.names + symbols * sizeof(hydrophone_shared_name);
        reader.alerts = reader.snapshots + symbols * sizeof(hydrophone_snapshot);
    }

    std::byte* memory() { return reinterpret_cast<std::byte*>(lines.data()); }

    struct alignas(64) Line {
        std::byte bytes[64];
    };
    std::vector<Line> lines;
    hydrophone_shared reader{};
};

ThresholdRule any_rule() {
    return {.falls = {3, 3, 3, 3},
            .lift = 1 << 20,
            .classes = 1,
            .thresholds = std::vector<std::uint32_t>(Kind::COUNT, 1 << 28)};
}

// Publishes for that time; nanoseconds an event of each round.
std::vector<float> publish_for(SharedWriter& writer, const std::vector<Result>& results,
                               std::size_t batch, double seconds) {
    const auto start = Clock::now();
    const std::size_t calls = results.size() / batch;
    std::vector<float> rounds;
    for (auto now = start; std::chrono::duration<double>(now - start).count() < seconds;) {
        for (std::size_t call = 0; call < calls; ++call) {
            writer.publish(&results[call * batch], batch);
        }
        const auto end = Clock::now();
        const double took = std::chrono::duration<double, std::nano>(end - now).count();
        rounds.push_back(static_cast<float>(took / static_cast<double>(calls * batch)));
        now = end;
    }
    return rounds;
}

}  // namespace

SharedBench measure_shared(const Result* given, std::size_t count, std::size_t symbols,
                           std::size_t batch, int cpu_writer, int cpu_reader, double seconds) {
    SharedBench bench{};
    bench.reads_a_batch = READS;
    cpu_set_t before;
    sched_getaffinity(0, sizeof before, &before);
    pin(cpu_writer);
    const double scale = ns_per_tick();
    std::vector<Result> results(count);
    std::memcpy(results.data(), given, count * sizeof *given);
    Segment segment(symbols);
    SharedWriter writer(segment.memory(), any_rule());
    bench.publish_alone_ns = publish_for(writer, results, batch, seconds);

    std::atomic<bool> stop = false;
    std::thread reads([&] {
        pin(cpu_reader);
        bench.reads_ns.reserve(MOST);
        std::uint32_t symbol = 0;
        std::uint64_t kept = 0;
        while (!stop.load(std::memory_order_relaxed)) {
            const std::uint64_t start = ticks();
            for (std::size_t i = 0; i < READS; ++i) {
                hydrophone_snapshot snapshot;
                bench.busy += hydrophone_shared_snapshot(&segment.reader, symbol, &snapshot) !=
                              HYDROPHONE_SHARED_OK;
                kept += snapshot.sequence;
            }
            const double each = static_cast<double>(ticks() - start) * scale / READS;
            if (bench.reads_ns.size() < MOST) {
                bench.reads_ns.push_back(static_cast<float>(each));
            }
            symbol = symbol + 1 == symbols ? 0 : symbol + 1;
        }
        volatile std::uint64_t used = kept;
        (void)used;
    });
    bench.publish_read_ns = publish_for(writer, results, batch, seconds);
    stop = true;
    reads.join();

    // Alerts carry the time at which they were published instead of the event's.
    stop = false;
    std::thread alerts([&] {
        pin(cpu_reader);
        bench.alerts_ns.reserve(MOST);
        hydrophone_alert_cursor cursor = hydrophone_shared_newest(&segment.reader);
        hydrophone_shared_alert alert;
        while (!stop.load(std::memory_order_relaxed)) {
            if (hydrophone_shared_next_alert(&segment.reader, &cursor, &alert) ==
                HYDROPHONE_SHARED_OK) {
                const std::uint64_t now = ticks();
                if (bench.alerts_ns.size() < MOST) {
                    const double took =
                        now > alert.time_ns ? static_cast<double>(now - alert.time_ns) : 0.0;
                    bench.alerts_ns.push_back(static_cast<float>(took * scale));
                }
            } else {
                // A reader that asks without a pause takes the line away from the writer while it
                // is being written.
                hydrophone_shared_pause();
            }
        }
        bench.alerts_missed = cursor.missed;
    });
    const auto start = Clock::now();
    Result result = results[0];
    result.flags = ResultFlag::ALERT;
    while (seconds_since(start) < seconds) {
        const std::uint64_t next = ticks() + static_cast<std::uint64_t>(2000 / scale);
        while (ticks() < next) {
        }
        result.time_ns = ticks();
        writer.publish(&result, 1);
    }
    stop = true;
    alerts.join();
    sched_setaffinity(0, sizeof before, &before);
    return bench;
}

}  // namespace hydrophone
