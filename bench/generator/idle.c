/* What an idle connection keeps in memory: growth of the broker's resident memory between BASE connections and BASE +
 * count, so that start-up, warm code and the first growth of a heap are left out. */
#include <stdio.h>
#include <stdlib.h>

#include "connection.h"
#include "measure.h"
#include "workloads.h"

enum { BASE = 2000 };

static void settle(uint64_t milliseconds) {
  uint64_t end = clock_now() + milliseconds * 1000000;
  while (clock_now() < end) loop_turn(10000000);
}

static void add(struct connection *connections, const char *name, const struct options *options, uint32_t count) {
  struct connect_plan plan = {name, count, options->clean};
  char filter[64];
  uint64_t goal = loop.subscribed;
  connection_open_all(connections, &plan);
  for (uint32_t i = 0; options->subscribe && i < count; i++) {
    snprintf(filter, sizeof filter, "home/%s/%u/commands", name, i);
    connection_subscribe(&connections[i], filter, options->qos);
    loop_until(&loop.subscribed, ++goal - (i % 64), "subscriptions");
  }
  loop_until(&loop.subscribed, goal, "subscriptions");
  settle((uint64_t)options->milliseconds);
}

void idle_run(const struct options *options) {
  uint32_t count = (uint32_t)options->count;
  struct connection *connections = calloc(count + BASE, sizeof *connections);
  if (!connections) fatal("out of memory");
  add(connections, "base", options, BASE);
  double before = (double)measure_rss_bytes();
  struct usage from = measure_usage();
  add(connections + BASE, "idle", options, count);
  struct usage to = measure_usage();
  double after = (double)measure_rss_bytes();
  result_begin();
  result_number("connections", count);
  result_number("bytes_per_connection", (after - before) / count);
  result_usage(&from, &to);
  result_end();
}
