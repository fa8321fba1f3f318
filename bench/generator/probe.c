#include "probe.h"

#include <string.h>

#include "connection.h"
#include "measure.h"

enum { PING, ECHO, PATIENCE_SECONDS = 300 };

struct question {
  uint64_t asked; /* 0: none under way */
  uint64_t next;
};

static struct {
  struct connection connections[2];
  struct question questions[2];
  struct probe_times times;
  struct template message;
  uint8_t message_bytes[256];
} probe;

static void on_packet(struct connection *connection, const struct packet *packet) {
  struct question *question = &probe.questions[connection->index];
  if (packet->type != PINGRESP && packet->type != PUBLISH) return;
  struct histogram *histogram = connection->index == PING ? &probe.times.ping : &probe.times.echo;
  histogram_record(histogram, loop.now - question->asked);
  question->next = loop.now + PROBE_INTERVAL;
  question->asked = 0;
}

void probe_start(void) {
  static const struct connect_plan plan = {"probe", 2, true};
  for (int i = 0; i < 2; i++) probe.connections[i].on_packet = on_packet;
  connection_open_all(probe.connections, &plan);
  uint64_t before = loop.subscribed;
  connection_subscribe(&probe.connections[ECHO], "probe/echo", 0);
  loop_until(&loop.subscribed, before + 1, "the probe's subscription");
  struct publish_shape shape = {.version = probe.connections[ECHO].version, .topic = "probe/echo", .payload_length = 24};
  wire_template(&probe.message, probe.message_bytes, &shape);
}

void probe_reset(void) {
  histogram_reset(&probe.times.ping);
  histogram_reset(&probe.times.echo);
}

static void ask(struct connection *connection) {
  if (connection->index == PING) {
    connection_ping(connection);
    return;
  }
  memcpy(connection_reserve(connection, probe.message.length), probe.message.bytes, probe.message.length);
  connection->out_length += probe.message.length;
  connection_mark(connection);
}

void probe_tick(void) {
  uint64_t now = clock_now();
  for (int i = 0; i < 2; i++) {
    if (probe.questions[i].asked || probe.questions[i].next > now) continue;
    probe.questions[i].asked = now;
    ask(&probe.connections[i]);
  }
  connection_flush_dirty();
}

/* A question that is still open counts with the time it has waited so far: an unanswered stall must not be invisible. */
const struct probe_times *probe_read(void) {
  uint64_t now = clock_now();
  struct histogram *histograms[2] = {&probe.times.ping, &probe.times.echo};
  for (int i = 0; i < 2; i++)
    if (probe.questions[i].asked) histogram_record(histograms[i], now - probe.questions[i].asked);
  return &probe.times;
}

void probe_until(const uint64_t *counter, uint64_t goal, const char *what) {
  uint64_t deadline = clock_now() + PATIENCE_SECONDS * 1000000000ull;
  while (*counter < goal) {
    probe_tick();
    loop_turn(PROBE_INTERVAL);
    if (loop.now > deadline) fatal("waited %d s for %s: %lu of %lu", PATIENCE_SECONDS, what, *counter, goal);
  }
}

void probe_for(uint64_t milliseconds) {
  uint64_t end = clock_now() + milliseconds * 1000000;
  while (clock_now() < end) {
    probe_tick();
    loop_turn(PROBE_INTERVAL);
  }
}
