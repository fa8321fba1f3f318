/* Clients that come and go: connect, CONNACK, DISCONNECT, again. `window` of them at any moment. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connection.h"
#include "measure.h"
#include "workloads.h"

struct visitor {
  struct connection connection;
  uint64_t started;
};

static struct {
  struct visitor *visitors;
  uint32_t *leaving;
  uint32_t leaving_count;
  uint64_t visits;
  struct histogram latency;
} storm;

static void on_packet(struct connection *connection, const struct packet *packet) {
  if (packet->type != CONNACK) return;
  histogram_record(&storm.latency, loop.now - storm.visitors[connection->index].started);
  memcpy(connection_reserve(connection, 2), "\xe0\x00", 2);
  connection->out_length += 2;
  connection_mark(connection);
  storm.leaving[storm.leaving_count++] = connection->index;
}

static void come(uint32_t index) {
  struct visitor *visitor = &storm.visitors[index];
  char client_id[64];
  snprintf(client_id, sizeof client_id, "visitor-%lu", storm.visits++);
  visitor->connection.index = index;
  visitor->connection.on_packet = on_packet;
  visitor->started = clock_now();
  connection_open(&visitor->connection, client_id, true);
}

static void turn_until(uint64_t end) {
  while (clock_now() < end) {
    loop_turn(10000000);
    for (uint32_t i = 0; i < storm.leaving_count; i++) {
      connection_close(&storm.visitors[storm.leaving[i]].connection);
      come(storm.leaving[i]);
    }
    storm.leaving_count = 0;
  }
}

void connect_storm_run(const struct options *options) {
  storm.visitors = calloc((size_t)options->window, sizeof *storm.visitors);
  storm.leaving = calloc((size_t)options->window, sizeof *storm.leaving);
  if (!storm.visitors || !storm.leaving) fatal("out of memory");
  for (uint32_t i = 0; i < (uint32_t)options->window; i++) come(i);
  turn_until(clock_now() + (uint64_t)options->warmup * 1000000);
  histogram_reset(&storm.latency);
  struct usage from = measure_usage();
  turn_until(from.now + (uint64_t)options->milliseconds * 1000000);
  struct usage to = measure_usage();
  result_begin();
  result_number("delivered", (double)storm.latency.count);
  result_usage(&from, &to);
  result_latency("latency", &storm.latency);
  result_end();
}
