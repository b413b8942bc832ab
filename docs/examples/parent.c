/* The block parent in C99, held against vectors: see docs/vectors.md.
 *
 *     cc -std=c99 -I VECTORS/parent parent.c -o parent
 *     mkdir -p RESULTS/parent/outputs && ./parent VECTORS RESULTS
 *     hydrophone verify --vectors check VECTORS RESULTS
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vectors.h"

/* An array a port, named after it. */
#define DECLARE(name, type, elements, file) static type name[VECTORS_EVENTS][elements];
VECTORS_INPUTS(DECLARE)
VECTORS_OUTPUTS(DECLARE)

/* Elements are little-endian; a big-endian host turns their bytes round. */
static void host_order(unsigned char* bytes, size_t size, size_t count) {
    const uint16_t one = 1;
    if (*(const unsigned char*)&one == 1) return;
    for (size_t i = 0; i < count; ++i, bytes += size)
        for (size_t a = 0, b = size - 1; a < b; ++a, --b) {
            const unsigned char byte = bytes[a];
            bytes[a] = bytes[b];
            bytes[b] = byte;
        }
}

static FILE* opened(const char* folder, const char* file, const char* mode) {
    char path[4096];
    const int length = snprintf(path, sizeof path, "%s/%s", folder, file);
    FILE* stream = length < (int)sizeof path ? fopen(path, mode) : NULL;
    if (!stream) {
        fprintf(stderr, "%s/%s cannot be opened\n", folder, file);
        exit(2);
    }
    return stream;
}

static void read_array(const char* folder, const char* file, void* rows, size_t size, size_t n) {
    FILE* stream = opened(folder, file, "rb");
    if (fread(rows, size, n, stream) != n) {
        fprintf(stderr, "%s/%s is too short\n", folder, file);
        exit(2);
    }
    fclose(stream);
    host_order(rows, size, n);
}

static void write_array(const char* folder, const char* file, void* rows, size_t size, size_t n) {
    FILE* stream = opened(folder, file, "wb");
    host_order(rows, size, n);
    if (fwrite(rows, size, n, stream) != n || fclose(stream)) {
        fprintf(stderr, "%s/%s cannot be written\n", folder, file);
        exit(2);
    }
}

/* What is kept of a symbol. */
static struct {
    int known;
    uint64_t time;
    uint32_t price;
    uint8_t side;
    uint32_t parent;
} states[SYMBOLS];

static int8_t bits(uint32_t value) {
    int8_t length = 0;
    for (; value; value >>= 1) ++length;
    return length;
}

static void take(long i, uint32_t gap) {
    const uint64_t now = time_ns[i][0];
    const uint32_t ticks = price[i][0], lots = size[i][0];
    const int s = symbol[i][0];
    if (!states[s].known) {
        parent_size[i][0] = lots;
    } else {
        const int64_t elapsed = (int64_t)now - (int64_t)states[s].time;
#ifdef BROKEN /* unsigned: what is late seems very far apart */
        const int near = now - states[s].time <= gap;
#else
        const int near = elapsed <= (int64_t)gap;
#endif
        const uint64_t sum = (uint64_t)states[s].parent + lots;
        late[i][0] = elapsed < 0;
        joined[i][0] = near && side[i][0] == states[s].side;
        closed[i][0] = !joined[i][0];
        parent_size[i][0] = !joined[i][0] ? lots : sum > UINT32_MAX ? UINT32_MAX : (uint32_t)sum;
        move[i][0] = ticks >= states[s].price ? bits(ticks - states[s].price)
                                              : (int8_t)-bits(states[s].price - ticks);
    }
    states[s].known = 1;
    states[s].time = now;
    states[s].price = ticks;
    states[s].side = side[i][0];
    states[s].parent = parent_size[i][0];
}

int main(int argc, char** argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: parent VECTORS RESULTS\n");
        return 2;
    }
#define READ(name, type, elements, file) \
    read_array(argv[1], file, name, sizeof(type), (size_t)VECTORS_EVENTS* elements);
    VECTORS_INPUTS(READ)
    for (int k = 0; k < VECTORS_SECTIONS; ++k) {
        const vectors_section* section = &vectors_sections[k];
        if (section->before == VECTORS_RESET) memset(states, 0, sizeof states);
        for (long i = section->begin; i < section->begin + section->count; ++i)
            take(i, section->gap_ns[0]);
    }
#define WRITE(name, type, elements, file) \
    write_array(argv[2], file, name, sizeof(type), (size_t)VECTORS_EVENTS* elements);
    VECTORS_OUTPUTS(WRITE)
    return 0;
}
