/* The least that a test program needs. */
#ifndef MCU_CHECK_H
#define MCU_CHECK_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                                                                       \
    do {                                                                                                                       \
        if (!(condition)) {                                                                                                    \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                                    \
            exit(1);                                                                                                           \
        }                                                                                                                      \
    } while (0)

/* xorshift32: the same on every machine. */
static inline uint32_t next_random(uint32_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* A copy in a block of exactly this size, so that the sanitizer sees each read beyond it. */
static inline uint8_t *exact_copy(const uint8_t *data, int32_t size) {
    uint8_t *copy = malloc(size > 0 ? (size_t)size : 1);
    CHECK(copy);
    for (int32_t i = 0; i < size; i++)
        copy[i] = data[i];
    return copy;
}

/* Damages `data` in one of four ways; returns the new size, 0 to `size`. */
static inline int32_t damage(uint8_t *data, int32_t size, uint32_t *seed) {
    int32_t from = (int32_t)(next_random(seed) % (uint32_t)size);
    switch (next_random(seed) % 4) {
    case 0:
        return from;
    case 1:
        for (int32_t i = from; i < size; i++)
            data[i] = (uint8_t)next_random(seed);
        return size;
    case 2:
        for (int32_t i = from; i < size; i++)
            data[i] = 0;
        return size;
    default:
        for (uint32_t flips = 1 + next_random(seed) % 12; flips > 0; flips--)
            data[next_random(seed) % (uint32_t)size] ^= (uint8_t)(1u << next_random(seed) % 8);
        return size;
    }
}

#endif
