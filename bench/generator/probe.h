/* Two clients that ask "how long does the broker stall?" while others load it: one sends PINGREQ, one publishes to
 * itself (QoS 0). One question at a time each, the next at least a millisecond after the one before. */
#ifndef PROBE_H
#define PROBE_H
#include "histogram.h"

struct probe_times {
  struct histogram ping;
  struct histogram echo;
};

void probe_start(void);
void probe_reset(void);

/* Asks what is due; a loop calls it before each turn and turns no longer than PROBE_INTERVAL. */
void probe_tick(void);
const struct probe_times *probe_read(void);

/* Turns with the probe until the counter reaches the goal. */
void probe_until(const uint64_t *counter, uint64_t goal, const char *what);
void probe_for(uint64_t milliseconds);

enum { PROBE_INTERVAL = 1000000 };
#endif
