/* Hears whales in a tape, in C: reads prints, scores them and polls the alerts.
 *
 *     listen [FILE]
 *
 * FILE holds a print a line, `time_ns price size symbol side`, in ticks and lots, side 0 for a buyer
 * and 1 for a seller; without one the program makes a tape of its own, with one whale in it. */
#include <hydrophone.h>

#include <inttypes.h>
#include <stdio.h>

static const char* const KINDS[HYDROPHONE_KINDS] = {"block", "sweep", "iceberg", "sliced"};

static int failed(const char* what, hydrophone_status status) {
    fprintf(stderr, "%s: %s: %s\n", what, hydrophone_status_name(status), hydrophone_last_error());
    return 1;
}

/* The next print of the file, or of a quiet market in which 300 times the usual size is bought. */
static int next_print(FILE* file, uint64_t place, hydrophone_event* event) {
    if (file != NULL) {
        return fscanf(file, "%" SCNu64 " %" SCNu32 " %" SCNu32 " %" SCNu16 " %" SCNu8,
                      &event->time_ns, &event->price, &event->size, &event->symbol,
                      &event->side) == 5;
    }
    event->time_ns = 1700000000000000000u + place * 50000000u;
    event->price = 50000 + (uint32_t)(place * 7 % 5);
    event->size = place == 9000 ? 30000 : 60 + (uint32_t)(place * place % 97);
    event->symbol = (uint16_t)(place % 3);
    event->side = (uint8_t)(place == 9000 ? HYDROPHONE_SIDE_BUY : place / 3 % 2);
    return place < 9100;
}

int main(int count, char** arguments) {
    FILE* const file = count > 1 ? fopen(arguments[1], "r") : NULL;
    hydrophone_config* config = NULL;
    hydrophone_session* session = NULL;
    hydrophone_event event = {0};
    hydrophone_alert alerts[16];
    hydrophone_counters counters = {0};
    hydrophone_snapshot snapshot = {0};
    hydrophone_status status;
    size_t polled, i;
    uint64_t place;

    if (count > 1 && file == NULL) {
        perror(arguments[1]);
        return 1;
    }
    /* Compiled against one ABI, run with another: nothing else may be called. */
    if (hydrophone_abi_version() != HYDROPHONE_ABI_VERSION) {
        fprintf(stderr, "libhydrophone has ABI %" PRIu32 "\n", hydrophone_abi_version());
        return 1;
    }
    if ((status = hydrophone_config_create("small", &config)) != HYDROPHONE_OK ||
        (status = hydrophone_config_set(config, "parent.gap_ns", 500000)) != HYDROPHONE_OK ||
        (status = hydrophone_open(config, NULL, &session)) != HYDROPHONE_OK) {
        hydrophone_config_free(config);
        return failed("open", status);
    }
    hydrophone_config_free(config);

    for (place = 0; next_print(file, place, &event); ++place) {
        if ((status = hydrophone_push(session, &event, NULL)) != HYDROPHONE_OK) {
            failed("print", status); /* it has not happened: the next one may be right */
            continue;
        }
        if ((status = hydrophone_poll(session, alerts, 16, &polled)) != HYDROPHONE_OK) {
            return failed("poll", status);
        }
        for (i = 0; i < polled; ++i) {
            printf("alert %" PRIu64 " symbol %u %s of %" PRIu32 " lots, score %.1f\n",
                   alerts[i].sequence, alerts[i].symbol, KINDS[alerts[i].kind],
                   alerts[i].parent_size,
                   (double)alerts[i].score / (1 << HYDROPHONE_SCORE_FRACTION));
        }
    }

    snapshot.struct_size = sizeof snapshot;
    if ((status = hydrophone_get_snapshot(session, 0, &snapshot)) != HYDROPHONE_OK) {
        return failed("snapshot", status);
    }
    printf("symbol 0: %s parent of %" PRIu32 " lots at %" PRIu32 "\n",
           snapshot.side == HYDROPHONE_SIDE_BUY ? "bought" : "sold", snapshot.parent_size,
           snapshot.price);
    counters.struct_size = sizeof counters;
    if ((status = hydrophone_get_counters(session, &counters)) != HYDROPHONE_OK) {
        return failed("counters", status);
    }
    printf("%" PRIu64 " events, %" PRIu64 " alerts, %" PRIu64 " late\n", counters.events,
           counters.alerts, counters.late);
    if (file != NULL) {
        fclose(file);
    }
    return hydrophone_close(session) == HYDROPHONE_OK ? 0 : 1;
}
