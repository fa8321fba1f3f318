/* Messages for sessions that are away, from many publishers with one under way each; and the way back of those sessions.
 * Session s belongs to publisher s modulo their number, and gets its messages in that one's order. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connection.h"
#include "histogram.h"
#include "measure.h"
#include "workloads.h"

enum { OPENING_MAX = 64, LOOK_NANOSECONDS = 10000000, PATIENCE_SECONDS = 60 };

struct writer {
  struct connection connection; /* first: a connection is its writer */
  uint32_t session;             /* whose message is next */
  bool waits;
  uint64_t sent_at;
};

struct reader {
  struct connection connection;
  uint64_t received;
  bool opened;
};

static struct {
  const struct options *options;
  struct writer *writers;
  struct reader *readers;
  struct template *templates; /* one for each session */
  uint64_t *sent_to;          /* messages for each session so far */
  uint64_t each;              /* messages that a session gets */
  uint64_t acknowledged;
  uint64_t received;
  uint64_t ready; /* sessions that have everything */
  uint64_t gaps;
  uint64_t duplicates;
  uint64_t rss_max;
  struct histogram latency;
} durable;

static void *allocate(size_t count, size_t size) {
  void *memory = calloc(count, size);
  if (!memory) fatal("out of memory");
  return memory;
}

/* Payloads that no compression makes smaller. */
static void fill(uint8_t *from, const uint8_t *end) {
  static uint64_t state = 88172645463325252ull;
  for (uint8_t *at = from; at + sizeof state <= end; at += sizeof state) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    memcpy(at, &state, sizeof state);
  }
}

static void write_next(struct connection *connection) {
  struct writer *writer = (struct writer *)connection;
  if (writer->waits || durable.sent_to[writer->session] == durable.each) return;
  const struct template *template = &durable.templates[writer->session];
  uint8_t *out = connection_reserve(connection, template->length);
  memcpy(out, template->bytes, template->length);
  wire_put16(out + template->packet_id_offset, 1);
  memcpy(out + template->payload_offset, &durable.sent_to[writer->session], sizeof(uint64_t));
  fill(out + template->payload_offset + sizeof(uint64_t), out + template->length);
  durable.sent_to[writer->session]++;
  connection->out_length += template->length;
  writer->waits = true;
  writer->sent_at = clock_now();
  writer->session += (uint32_t)durable.options->publishers;
  if (writer->session >= (uint32_t)durable.options->subscribers) writer->session = connection->index;
}

static void on_writer_packet(struct connection *connection, const struct packet *packet) {
  struct writer *writer = (struct writer *)connection;
  if (packet->type != PUBACK) return;
  durable.acknowledged++;
  writer->waits = false;
  histogram_record(&durable.latency, loop.now - writer->sent_at);
  connection_mark(connection);
}

static void on_reader_packet(struct connection *connection, const struct packet *packet) {
  struct reader *reader = (struct reader *)connection;
  struct publication publication;
  uint64_t number;
  if (packet->type != PUBLISH) return;
  wire_publication(&publication, packet, connection->version);
  if (publication.qos == 1) connection_ack(connection, PUBACK, publication.packet_id);
  memcpy(&number, publication.payload, sizeof number);
  if (number < reader->received) {
    durable.duplicates++;
    return;
  }
  durable.gaps += number - reader->received;
  reader->received = number + 1;
  durable.received++;
  if (reader->received == durable.each) durable.ready++;
}

static void topic_of(char *topic, size_t size, uint32_t session) {
  snprintf(topic, size, "durable/device-%u/state", session);
}

static void create_sessions(void) {
  uint32_t count = (uint32_t)durable.options->subscribers;
  struct connect_plan plan = {"durable", count, false};
  struct connection *connections = allocate(count, sizeof *connections);
  char topic[128];
  connection_open_all(connections, &plan);
  uint64_t goal = loop.subscribed + count;
  for (uint32_t i = 0; i < count; i++) {
    topic_of(topic, sizeof topic, i);
    connection_subscribe(&connections[i], topic, 1);
  }
  loop_until(&loop.subscribed, goal, "subscriptions");
  for (uint32_t i = 0; i < count; i++) connection_close(&connections[i]);
}

static void make_templates(void) {
  char topic[128];
  for (uint32_t i = 0; i < (uint32_t)durable.options->subscribers; i++) {
    topic_of(topic, sizeof topic, i);
    struct publish_shape shape = {.version = durable.options->version,
                                  .qos = 1,
                                  .topic = topic,
                                  .payload_length = (uint32_t)durable.options->payload};
    wire_template(&durable.templates[i], allocate(1, wire_template_size(&shape)), &shape);
  }
}

static void prepare(const struct options *options) {
  if (options->publishers > options->subscribers) fatal("more publishers than sessions");
  durable.options = options;
  durable.each = (uint64_t)(options->count / options->subscribers);
  durable.writers = allocate((size_t)options->publishers, sizeof *durable.writers);
  durable.readers = allocate((size_t)options->subscribers, sizeof *durable.readers);
  durable.templates = allocate((size_t)options->subscribers, sizeof *durable.templates);
  durable.sent_to = allocate((size_t)options->subscribers, sizeof *durable.sent_to);
}

static void watch_memory(void) {
  uint64_t rss = measure_rss_bytes();
  if (rss > durable.rss_max) durable.rss_max = rss;
}

/* Turns until the time is over or, with `end` 0, until everything was acknowledged. */
static void write_until(uint64_t end) {
  uint64_t acknowledged = durable.acknowledged, patience = clock_now() + PATIENCE_SECONDS * 1000000000ull;
  while (end ? clock_now() < end : durable.acknowledged < durable.each * (uint64_t)durable.options->subscribers) {
    loop_turn(LOOK_NANOSECONDS);
    watch_memory();
    if (clock_now() > patience && durable.acknowledged == acknowledged) fatal("no acknowledgements");
  }
}

static void open_writers(void) {
  char client_id[64];
  for (uint32_t i = 0; i < (uint32_t)durable.options->publishers; i++) {
    struct writer *writer = &durable.writers[i];
    uint64_t before = loop.connected;
    writer->connection.index = i;
    writer->session = i;
    writer->connection.on_packet = on_writer_packet;
    snprintf(client_id, sizeof client_id, "writer-%u", i);
    connection_open(&writer->connection, client_id, true);
    loop_until(&loop.connected, before + 1, "publishers");
    writer->connection.before_flush = write_next;
  }
}

static void report(const struct usage *from, const struct usage *to, uint64_t messages) {
  result_begin();
  result_number("delivered", (double)messages);
  result_number("lost", 0);
  result_number("gaps", (double)durable.gaps);
  result_number("duplicates", (double)durable.duplicates);
  result_number("rss_max_bytes", (double)durable.rss_max);
  result_usage(from, to);
  result_latency("latency", &durable.latency);
  result_end();
}

/* With `count`: so many messages, the same number for each session. Otherwise for the measured time. */
void durable_write_run(const struct options *options) {
  prepare(options);
  make_templates();
  create_sessions();
  open_writers();
  bool timed = options->count == 0;
  if (timed) durable.each = UINT64_MAX;
  for (long i = 0; i < options->publishers; i++) connection_mark(&durable.writers[i].connection);
  if (timed) write_until(clock_now() + (uint64_t)options->warmup * 1000000);
  histogram_reset(&durable.latency);
  uint64_t before = durable.acknowledged;
  struct usage from = measure_usage();
  write_until(timed ? from.now + (uint64_t)options->milliseconds * 1000000 : 0);
  struct usage to = measure_usage();
  uint64_t messages = durable.acknowledged - before;
  report(&from, &to, messages);
}

static void open_reader(uint32_t index) {
  struct reader *reader = &durable.readers[index];
  char client_id[64];
  reader->connection.index = index;
  reader->connection.on_packet = on_reader_packet;
  snprintf(client_id, sizeof client_id, "durable-%u", index);
  connection_open(&reader->connection, client_id, false);
}

/* The sessions of durable_write_run come back, `window` at a time. */
void durable_read_run(const struct options *options) {
  prepare(options);
  uint64_t sessions = (uint64_t)options->subscribers, opened = 0, last = 0;
  uint64_t patience = clock_now() + PATIENCE_SECONDS * 1000000000ull;
  struct usage from = measure_usage();
  while (durable.ready < sessions) {
    while (opened < sessions && opened - durable.ready < (uint64_t)options->window && opened - loop.connected < OPENING_MAX)
      open_reader((uint32_t)opened++);
    loop_turn(LOOK_NANOSECONDS);
    watch_memory();
    if (durable.received != last) patience = clock_now() + PATIENCE_SECONDS * 1000000000ull;
    last = durable.received;
    if (clock_now() > patience) fatal("%lu of %lu messages came", durable.received, durable.each * sessions);
  }
  struct usage to = measure_usage();
  report(&from, &to, durable.received);
}
