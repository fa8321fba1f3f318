/* One client that publishes many different messages with a bounded number under way, and one that counts them. */
#ifndef LOAD_H
#define LOAD_H
#include "connection.h"
#include "histogram.h"

struct load_plan {
  const char *topic; /* with one %u for the number of the message */
  uint64_t count;
  uint32_t window;
  uint32_t payload;
  long qos;
  bool retain;
  bool delivered; /* under way until `counter` received it, otherwise until the broker acknowledged it */
};

struct load {
  struct connection publisher;
  struct load_plan plan;
  uint64_t sent;
  uint64_t done;
};

struct counter {
  struct connection connection;
  uint64_t received;
  uint64_t stray; /* payload numbers that were not the next, where order is promised */
  struct load *load;
};

void load_start(struct load *load, const struct load_plan *plan);
void counter_start(struct counter *counter, const char *client_id, bool clean);

#endif
