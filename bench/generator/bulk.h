/* Large messages to one subscriber: they fill what the kernel and the broker hold for it when it does not read. */
#ifndef BULK_H
#define BULK_H
#include <stdint.h>

enum { BULK_BYTES = 65536 };

void bulk_start(uint64_t per_second);
void bulk_tick(uint64_t now);
uint64_t bulk_due(void);

#endif
