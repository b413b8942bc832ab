// Stress of the shared-memory segment: one writer, readers, each on a thread; what is read must be
// whole. Every word of a snapshot and of an alert follows from its sequence number, so that a record
// made of two breaks a relation.
//
//     stress READERS SECONDS READS
//
// runs until the readers have tried READS reads, or for SECONDS, and prints what was tried. It exits
// with 1 where a torn record got out or alerts do not add up.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

#include "shared/hydrophone_shared.h"
#include "shared/writer.cpp"

namespace {

using namespace hydrophone;

constexpr std::uint32_t SYMBOLS = 2, SLOTS = 16;

struct alignas(64) Memory {
    std::byte bytes[sizeof(hydrophone_shared_header) +
                    SYMBOLS * (sizeof(hydrophone_shared_name) + sizeof(hydrophone_snapshot)) +
                    SLOTS * sizeof(hydrophone_shared_alert)];
};

std::uint32_t mixed(std::uint64_t sequence) {
    return static_cast<std::uint32_t>((sequence + 1) * 0x9e3779b97f4a7c15u >> 32);
}

Result result_of(std::uint64_t sequence) {
    const std::uint32_t mix = mixed(sequence);
    Result result{.time_ns = sequence * 3 + 1,
                  .sequence = sequence,
                  .price = mix,
                  .parent_size = ~mix,
                  .symbol = static_cast<std::uint16_t>(sequence % SYMBOLS),
                  .side = static_cast<std::uint8_t>(mix & 1),
                  .kind = static_cast<std::uint8_t>(mix % Kind::COUNT),
                  .score = static_cast<std::uint16_t>(mix >> 16),
                  .flags = static_cast<std::uint16_t>(ResultFlag::ALERT),
                  .heads = {}};
    for (std::size_t kind = 0; kind < Kind::COUNT; ++kind) {
        result.heads[kind] = static_cast<std::uint16_t>(mix + kind);
    }
    return result;
}

bool is_whole(const hydrophone_snapshot& now, std::uint32_t symbol) {
    if (now.version == 0) {
        return now.events == 0;
    }
    const Result wanted = result_of(now.sequence);
    return wanted.symbol == symbol && now.time_ns == wanted.time_ns && now.price == wanted.price &&
           now.parent_size == wanted.parent_size && now.score == wanted.score &&
           now.side == wanted.side && now.kind == wanted.kind &&
           std::memcmp(now.heads, wanted.heads, sizeof now.heads) == 0 &&
           now.version == 2 * now.events && now.alerts == now.events &&
           now.events == now.sequence / SYMBOLS + 1 && now.alert_sequence == now.sequence &&
           now.alert_time_ns == now.time_ns && now.alert_price == now.price;
}

bool is_whole(const hydrophone_shared_alert& alert, std::uint64_t number) {
    const Result wanted = result_of(number);
    return alert.stamp == 2 * number + 2 && alert.sequence == number &&
           alert.time_ns == wanted.time_ns && alert.price == wanted.price &&
           alert.parent_size == wanted.parent_size && alert.symbol == wanted.symbol &&
           alert.score == wanted.score && alert.side == wanted.side && alert.kind == wanted.kind &&
           std::memcmp(alert.heads, wanted.heads, sizeof alert.heads) == 0;
}

struct Tried {
    std::uint64_t snapshots = 0, busy = 0, alerts = 0, missed = 0, torn = 0;
};

}  // namespace

int main(int, char** arguments) {
    const int readers = std::atoi(arguments[1]);
    const double seconds = std::atof(arguments[2]);
    const double reads = std::atof(arguments[3]);
    static Memory memory;
    hydrophone_shared_header header{};
    header.symbols = SYMBOLS;
    header.alert_slots = SLOTS;
    std::memcpy(memory.bytes, &header, sizeof header);
    hydrophone_shared shared{};
    shared.memory = reinterpret_cast<const unsigned char*>(memory.bytes);
    shared.header = header;
    shared.names = shared.memory + sizeof header;
    shared.snapshots = shared.names + SYMBOLS * sizeof(hydrophone_shared_name);
    shared.alerts = shared.snapshots + SYMBOLS * sizeof(hydrophone_snapshot);
    SharedWriter writer(memory.bytes, {.falls = {}, .lift = 0, .classes = 1, .thresholds = {}});

    std::atomic<bool> stop = false;
    std::atomic<std::uint64_t> total = 0;
    std::vector<Tried> tried(static_cast<std::size_t>(readers));
    std::vector<std::thread> threads;
    for (Tried& mine : tried) {
        threads.emplace_back([&] {
            Tried local;
            hydrophone_alert_cursor cursor{};
            hydrophone_snapshot now;
            hydrophone_shared_alert alert;
            while (!stop.load(std::memory_order_relaxed) && local.torn == 0) {
                for (int i = 0; i < 256; ++i) {
                    const std::uint32_t symbol = static_cast<std::uint32_t>(i) % SYMBOLS;
                    if (hydrophone_shared_snapshot(&shared, symbol, &now) ==
                        HYDROPHONE_SHARED_OK) {
                        ++local.snapshots;
                        local.torn += !is_whole(now, symbol);
                    } else {
                        ++local.busy;
                    }
                    const std::uint64_t before = cursor.next, missed = cursor.missed;
                    if (hydrophone_shared_next_alert(&shared, &cursor, &alert) ==
                        HYDROPHONE_SHARED_OK) {
                        ++local.alerts;
                        local.torn += !is_whole(alert, cursor.next - 1);
                    }
                    // Each number is read once or counted as missed.
                    local.torn += cursor.next < before || cursor.missed < missed;
                    local.torn += local.alerts + cursor.missed != cursor.next;
                }
                total.fetch_add(512, std::memory_order_relaxed);
            }
            local.missed = cursor.missed;
            stop.store(local.torn != 0 || stop, std::memory_order_relaxed);
            mine = local;
        });
    }
    const auto start = std::chrono::steady_clock::now();
    std::uint64_t sequence = 0;
    for (double elapsed = 0;
         !stop && elapsed < seconds && static_cast<double>(total.load()) < reads;) {
        for (int i = 0; i < 256; ++i) {
            const Result result = result_of(sequence++);
            writer.publish(&result, 1);
        }
        const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
        elapsed = passed.count();
    }
    stop = true;
    Tried sum;
    for (std::size_t i = 0; i < threads.size(); ++i) {
        threads[i].join();
        sum.snapshots += tried[i].snapshots;
        sum.busy += tried[i].busy;
        sum.alerts += tried[i].alerts;
        sum.missed += tried[i].missed;
        sum.torn += tried[i].torn;
    }
    std::printf("published=%llu snapshots=%llu busy=%llu alerts=%llu missed=%llu torn=%llu\n",
                static_cast<unsigned long long>(sequence),
                static_cast<unsigned long long>(sum.snapshots),
                static_cast<unsigned long long>(sum.busy),
                static_cast<unsigned long long>(sum.alerts),
                static_cast<unsigned long long>(sum.missed),
                static_cast<unsigned long long>(sum.torn));
    return sum.torn == 0 ? 0 : 1;
}
