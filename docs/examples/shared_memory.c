/* Reads what `hydrophone listen --publish NAME` publishes: a spinning reader in C.
 *
 *     cc -std=c11 -O2 -I "$(python -c 'import hydrophone, pathlib; print(pathlib.Path(hydrophone.__file__).parent / "include")')" shared_memory.c -o reader
 *     ./reader NAME
 *
 * Prints every alert with the snapshot of its symbol, until the writer ends.
 */
#include "hydrophone_shared.h"

int main(int count, char** arguments) {
    hydrophone_shared shared;
    const int status = hydrophone_shared_attach(&shared, count > 1 ? arguments[1] : "hydrophone", 0);
    if (status != HYDROPHONE_SHARED_OK) {
        fprintf(stderr, "cannot attach: %s\n", hydrophone_shared_message(status));
        return 1;
    }
    hydrophone_alert_cursor cursor = hydrophone_shared_oldest(&shared);
    for (unsigned idle = 0;;) {
        hydrophone_shared_alert alert;
        hydrophone_snapshot now;
        char name[HYDROPHONE_SHARED_NAME_BYTES + 1];
        if (hydrophone_shared_next_alert(&shared, &cursor, &alert) == HYDROPHONE_SHARED_OK) {
            hydrophone_shared_name_of(&shared, alert.symbol, name);
            printf("%s parent=%u score=%u", name, (unsigned)alert.parent_size,
                   (unsigned)alert.score);
            if (hydrophone_shared_snapshot(&shared, alert.symbol, &now) == HYDROPHONE_SHARED_OK) {
                printf(" events=%llu price=%u", (unsigned long long)now.events,
                       (unsigned)now.price);
            }
            printf(" missed=%llu\n", (unsigned long long)cursor.missed);
            idle = 0;
        } else if (++idle % (1u << 20) == 0 &&
                   hydrophone_shared_writer(&shared) != HYDROPHONE_SHARED_RUNNING) {
            break;
        } else {
            hydrophone_shared_pause();
        }
    }
    hydrophone_shared_detach(&shared);
    return 0;
}
