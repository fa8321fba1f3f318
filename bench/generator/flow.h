/* Messages from publishers to subscribers and what each cost.
 *
 * Terms: a message is COMPLETE when every subscriber that reads has it and, above QoS 0, the broker acknowledged it.
 * Closed loop: a publisher has `window` messages under way and sends the next when one is complete.
 * Offered rate: message k is due at start + k / rate, whatever happened to those before; its latency counts from that
 * moment, so a broker that falls behind cannot hide it.
 * Rules: each subscriber checks the sequence of each publisher, a gap is loss, a step back a duplicate.
 */
#ifndef FLOW_H
#define FLOW_H
#include "connection.h"
#include "histogram.h"
#include "options.h"

struct publisher {
  struct connection connection; /* first: a connection is its publisher */
  struct template first;        /* differs from `message` only in topic alias workloads */
  struct template message;
  uint64_t sent;
  uint64_t acknowledged;
  uint64_t due;       /* offered rate: messages whose time has come */
  uint32_t *awaiting; /* closed loop: by sequence modulo window, how many events complete it */
};

struct flow {
  const struct options *options;
  struct publisher *publishers;
  struct connection *subscribers;
  uint64_t *expected; /* next sequence by publisher, in a fan-out by subscriber */
  uint32_t copies;    /* deliveries of one message, frozen subscribers left out */
  bool fan_out;
  bool stopped;
  uint64_t started; /* of the offered rate */
  uint64_t offered;
  uint64_t sent;
  uint64_t delivered;
  uint64_t gaps;
  uint64_t duplicates;
  struct histogram latency;
};

void flow_run(const struct options *options);

#endif
