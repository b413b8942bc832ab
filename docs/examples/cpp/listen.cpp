// Hears whales in a market of its own making, in C++: batches in, alerts out, handles that free
// themselves, errors as exceptions.
#include <hydrophone.h>

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

void check(hydrophone_status status) {
    if (status != HYDROPHONE_OK) {
        throw std::runtime_error(std::string(hydrophone_status_name(status)) + ": " +
                                 hydrophone_last_error());
    }
}

struct Free {
    void operator()(hydrophone_config* config) const { hydrophone_config_free(config); }
    void operator()(hydrophone_session* session) const { hydrophone_close(session); }
};
using Config = std::unique_ptr<hydrophone_config, Free>;
using Session = std::unique_ptr<hydrophone_session, Free>;

Session open(const char* preset) {
    hydrophone_config* config = nullptr;
    check(hydrophone_config_create(preset, &config));
    const Config owner(config);
    hydrophone_session* session = nullptr;
    check(hydrophone_open(config, nullptr, &session));
    return Session(session);
}

// A quiet market, but that 300 times the usual size is bought at one place.
std::vector<hydrophone_event> tape() {
    std::vector<hydrophone_event> events(9100);
    for (std::size_t place = 0; place < events.size(); ++place) {
        hydrophone_event& event = events[place];
        event.sequence = place;
        event.time_ns = 1'700'000'000'000'000'000u + place * 50'000'000u;
        event.price = static_cast<std::uint32_t>(50'000 + place * 7 % 5);
        event.size = static_cast<std::uint32_t>(60 + place * place % 97);
        event.symbol = static_cast<std::uint16_t>(place % 3);
        event.side = static_cast<std::uint8_t>(place / 3 % 2);
    }
    events[9000].size = 30'000;
    events[9000].side = HYDROPHONE_SIDE_BUY;
    return events;
}

}  // namespace

int main() {
    try {
        const Session session = open("small");
        const std::vector<hydrophone_event> events = tape();
        std::vector<hydrophone_result> results(events.size());
        check(hydrophone_process(session.get(), events.data(), events.size(), results.data()));
        std::vector<hydrophone_alert> alerts(64);
        std::size_t polled = 0;
        do {
            check(hydrophone_poll(session.get(), alerts.data(), alerts.size(), &polled));
            for (std::size_t i = 0; i < polled; ++i) {
                std::printf("alert %llu of %u lots\n",
                            static_cast<unsigned long long>(alerts[i].sequence),
                            alerts[i].parent_size);
            }
        } while (polled == alerts.size());
        std::printf("last score %u\n", static_cast<unsigned>(results.back().score));

        // The kernels are in the library, too.
        const float window[] = {1, 2, 3, 4};
        std::printf("average %.2f\n",
                    static_cast<double>(hydrophone_library_of(nullptr)->average_f32(window, 4)));
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
