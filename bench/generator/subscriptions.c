/* `count` subscriptions over `subscribers` connections, one in ten with a wildcard, held, used, and given up by the
 * connections closing: the longest stall of each phase, and the memory of one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connection.h"
#include "measure.h"
#include "probe.h"
#include "workloads.h"

enum { FILTERS_PER_PACKET = 100, FILTER_BYTES = 64, PROBED_TOPICS = 20000 };

struct holder {
  struct connection connection;
  uint32_t requested;
};

static struct {
  struct holder *holders;
  uint32_t each;
  long qos;
  uint64_t delivered;
  struct connection publisher;
} own;

static void filter_of(char *filter, uint32_t holder, uint32_t index) {
  if (index % 10 == 0) snprintf(filter, FILTER_BYTES, "plant/%u/+/sensor-%u", holder, index);
  else snprintf(filter, FILTER_BYTES, "plant/%u/line/sensor-%u", holder, index);
}

static void request(struct holder *holder) {
  char filter[FILTER_BYTES];
  uint8_t *packet = connection_reserve(&holder->connection, FILTERS_PER_PACKET * (FILTER_BYTES + 3) + 16);
  uint8_t *at = packet + wire_subscribe_begin(packet, holder->connection.version);
  for (uint32_t i = 0; i < FILTERS_PER_PACKET && holder->requested < own.each; i++) {
    filter_of(filter, holder->connection.index, holder->requested++);
    at += wire_subscribe_filter(at, filter, own.qos);
  }
  holder->connection.out_length += (uint32_t)wire_subscribe_end(packet, at, 1);
  connection_mark(&holder->connection);
}

static void on_packet(struct connection *connection, const struct packet *packet) {
  struct holder *holder = (struct holder *)connection;
  if (packet->type == SUBACK && holder->requested < own.each) request(holder);
  if (packet->type == PUBLISH) own.delivered++;
}

static void publish_to_each(uint32_t holders, long version) {
  char topic[FILTER_BYTES];
  uint8_t bytes[256];
  struct template message;
  for (uint32_t i = 0; i < PROBED_TOPICS; i++) {
    snprintf(topic, sizeof topic, "plant/%u/line/sensor-%u", i % holders, i / holders * 7 % own.each);
    struct publish_shape shape = {.version = version, .topic = topic, .payload_length = 24};
    wire_template(&message, bytes, &shape);
    memcpy(connection_reserve(&own.publisher, message.length), bytes, message.length);
    own.publisher.out_length += message.length;
    connection_mark(&own.publisher);
    if (i % 10 == 9) probe_until(&own.delivered, i + 1, "deliveries");
  }
}

static void hold(uint32_t holders) {
  struct connect_plan plan = {"holder", 1, true};
  char name[32];
  for (uint32_t i = 0; i < holders; i++) {
    own.holders[i].connection.on_packet = on_packet;
    snprintf(name, sizeof name, "holder-%u", i);
    plan.name = name;
    connection_open_all(&own.holders[i].connection, &plan);
    own.holders[i].connection.index = i;
  }
  uint64_t packets = (own.each + FILTERS_PER_PACKET - 1) / FILTERS_PER_PACKET;
  uint64_t goal = loop.subscribed + packets * holders;
  for (uint32_t i = 0; i < holders; i++) request(&own.holders[i]);
  probe_until(&loop.subscribed, goal, "subscriptions");
}

static void give_up(uint32_t holders) {
  for (uint32_t i = 0; i < holders; i++) {
    connection_close(&own.holders[i].connection);
    probe_for(1);
  }
  probe_for(1000);
}

void subscriptions_run(const struct options *options) {
  uint32_t holders = (uint32_t)options->subscribers;
  struct connect_plan plan = {"publisher", 1, true};
  own.holders = calloc(holders, sizeof *own.holders);
  own.each = (uint32_t)options->count / holders;
  own.qos = options->qos;
  if (!own.holders) fatal("out of memory");
  probe_start();
  connection_open_all(&own.publisher, &plan);
  probe_for((uint64_t)options->warmup);
  probe_reset();
  double before = (double)measure_rss_bytes();
  struct usage from = measure_usage();
  hold(holders);
  struct usage to = measure_usage();
  struct probe_times subscribing = *probe_read();
  double grown = (double)measure_rss_bytes() - before;
  probe_reset();
  publish_to_each(holders, options->version);
  struct probe_times publishing = *probe_read();
  result_begin();
  result_number("delivered", (double)own.each * holders);
  result_number("lost", 0);
  result_number("bytes_per_subscription", grown / ((double)own.each * holders));
  result_usage(&from, &to);
  probe_reset();
  give_up(holders);
  result_latency("ping", &subscribing.ping);
  result_latency("latency", &subscribing.echo);
  result_latency("publishing", &publishing.echo);
  result_latency("closing", &probe_read()->echo);
  result_end();
}
