/* Sessions that are away while messages for them arrive, and come back for them: what storing and replaying costs. */
#include <stdio.h>
#include <stdlib.h>

#include "load.h"
#include "measure.h"
#include "workloads.h"

static struct load load;

static void create_sessions(uint32_t count) {
  struct connect_plan plan = {"sleeper", count, false};
  struct connection *connections = calloc(count, sizeof *connections);
  if (!connections) fatal("out of memory");
  connection_open_all(connections, &plan);
  uint64_t goal = loop.subscribed + count;
  for (uint32_t i = 0; i < count; i++) connection_subscribe(&connections[i], "offline/#", 1);
  loop_until(&loop.subscribed, goal, "subscriptions");
  for (uint32_t i = 0; i < count; i++) connection_close(&connections[i]);
  free(connections);
}

static uint64_t wake_sessions(struct counter *sessions, uint32_t count, uint64_t messages) {
  char client_id[64];
  uint64_t stray = 0;
  for (uint32_t i = 0; i < count; i++) {
    snprintf(client_id, sizeof client_id, "sleeper-%u", i);
    counter_start(&sessions[i], client_id, false);
  }
  for (uint32_t i = 0; i < count; i++) {
    loop_until(&sessions[i].received, messages, "stored messages");
    stray += sessions[i].stray;
  }
  return stray;
}

void offline_run(const struct options *options) {
  uint32_t count = (uint32_t)options->subscribers;
  struct load_plan plan = {.topic = "offline/%u",
                           .count = (uint64_t)options->count,
                           .window = (uint32_t)options->window,
                           .payload = (uint32_t)options->payload,
                           .qos = 1};
  struct counter *sessions = calloc(count, sizeof *sessions);
  if (!sessions) fatal("out of memory");
  create_sessions(count);
  struct usage from = measure_usage();
  load_start(&load, &plan);
  loop_until(&load.done, plan.count, "acknowledgements");
  struct usage stored = measure_usage();
  uint64_t stray = wake_sessions(sessions, count, plan.count);
  struct usage to = measure_usage();
  double total = (double)plan.count * count;
  result_begin();
  result_number("sent", (double)plan.count);
  result_number("delivered", total);
  result_number("lost", 0);
  result_number("gaps", (double)stray);
  result_number("store_us_per_message", (double)(stored.broker_cpu - from.broker_cpu) / 1e3 / total);
  result_number("replay_us_per_message", (double)(to.broker_cpu - stored.broker_cpu) / 1e3 / total);
  result_usage(&from, &to);
  result_end();
}
