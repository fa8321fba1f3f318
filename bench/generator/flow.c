#include "flow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bulk.h"
#include "measure.h"

enum { DRAIN_SECONDS = 20, PAYLOAD_STAMP = 0, PAYLOAD_PUBLISHER = 8, PAYLOAD_SEQUENCE = 12 };

static struct flow flow;

static void *allocate(size_t count, size_t size) {
  void *memory = calloc(count, size);
  if (!memory) fatal("out of memory");
  return memory;
}

static bool may_send(const struct publisher *publisher) {
  if (flow.stopped) return false;
  if (flow.options->rate == 0) return publisher->awaiting[publisher->sent % (uint64_t)flow.options->window] == 0;
  if (publisher->sent >= publisher->due) return false;
  return flow.options->qos == 0 || publisher->sent - publisher->acknowledged < publisher->connection.receive_maximum;
}

/* Messages leave at whole ticks: a generator that slept and woke for each one would cost more than the broker. */
static uint64_t tick_after(uint64_t time) {
  uint64_t tick = (uint64_t)flow.options->tick * 1000;
  return time + tick - 1 - (time - flow.started + tick - 1) % tick;
}

static uint64_t due_time(const struct publisher *publisher) {
  uint64_t turn = publisher->sent * (uint64_t)flow.options->publishers + publisher->connection.index;
  return tick_after(flow.started + turn * 1000000000u / (uint64_t)flow.options->rate);
}

static void send_one(struct publisher *publisher, uint64_t stamp) {
  const struct template *template = publisher->sent == 0 ? &publisher->first : &publisher->message;
  uint8_t *out = connection_reserve(&publisher->connection, template->length);
  memcpy(out, template->bytes, template->length);
  if (template->packet_id_offset) wire_put16(out + template->packet_id_offset, (uint32_t)(publisher->sent % 65535) + 1);
  memcpy(out + template->payload_offset + PAYLOAD_STAMP, &stamp, sizeof stamp);
  memcpy(out + template->payload_offset + PAYLOAD_SEQUENCE, &publisher->sent, sizeof publisher->sent);
  publisher->connection.out_length += template->length;
  publisher->sent++;
  flow.sent++;
}

static void before_flush(struct connection *connection) {
  struct publisher *publisher = (struct publisher *)connection;
  if (!may_send(publisher)) return;
  uint64_t now = clock_now();
  do {
    if (flow.options->rate == 0) {
      publisher->awaiting[publisher->sent % (uint64_t)flow.options->window] = flow.copies + (flow.options->qos > 0);
      send_one(publisher, now);
    } else {
      send_one(publisher, due_time(publisher));
    }
  } while (may_send(publisher));
}

static void step(struct publisher *publisher, uint64_t sequence) {
  if (flow.options->rate == 0 && --publisher->awaiting[sequence % (uint64_t)flow.options->window] > 0) return;
  if (may_send(publisher)) connection_mark(&publisher->connection);
}

static void on_publisher_packet(struct connection *connection, const struct packet *packet) {
  struct publisher *publisher = (struct publisher *)connection;
  switch (packet->type) {
    case PUBREC:
      connection_ack(connection, PUBREL, wire_get16(packet->body));
      break;
    case PUBACK:
    case PUBCOMP:
      /* [MQTT-4.6.0-2] acknowledgements keep the order of the messages. */
      if (wire_get16(packet->body) != publisher->acknowledged % 65535 + 1) fatal("acknowledgement out of order");
      step(publisher, publisher->acknowledged++);
      break;
    default:
      break;
  }
}

static void on_delivery(struct connection *connection, const struct packet *packet) {
  struct publication publication;
  uint64_t stamp, sequence;
  uint32_t from;
  wire_publication(&publication, packet, connection->version);
  if (publication.qos == 1) connection_ack(connection, PUBACK, publication.packet_id);
  if (publication.qos == 2) connection_ack(connection, PUBREC, publication.packet_id);
  if (publication.payload_length == BULK_BYTES) return;
  memcpy(&stamp, publication.payload + PAYLOAD_STAMP, sizeof stamp);
  memcpy(&from, publication.payload + PAYLOAD_PUBLISHER, sizeof from);
  memcpy(&sequence, publication.payload + PAYLOAD_SEQUENCE, sizeof sequence);
  if (publication.payload_length != (uint32_t)flow.options->payload || from >= (uint32_t)flow.options->publishers)
    fatal("a message that nobody sent");
  uint64_t *expected = &flow.expected[flow.fan_out ? connection->index : from];
  if (sequence < *expected) {
    flow.duplicates++;
    return;
  }
  flow.gaps += sequence - *expected;
  *expected = sequence + 1;
  flow.delivered++;
  histogram_record(&flow.latency, loop.now - stamp);
  step(&flow.publishers[from], sequence);
}

static void on_subscriber_packet(struct connection *connection, const struct packet *packet) {
  if (packet->type == PUBLISH) on_delivery(connection, packet);
  if (packet->type == PUBREL) connection_ack(connection, PUBCOMP, wire_get16(packet->body));
}

static void prepare_publisher(struct publisher *publisher, const char *topic) {
  const struct options *options = flow.options;
  struct publish_shape shape = {.version = options->version,
                                .qos = options->qos,
                                .topic = topic,
                                .properties = options->alias,
                                .payload_length = (uint32_t)options->payload};
  wire_template(&publisher->first, allocate(1, wire_template_size(&shape)), &shape);
  if (options->alias) shape.topic = "";
  wire_template(&publisher->message, allocate(1, wire_template_size(&shape)), &shape);
  struct template *templates[2] = {&publisher->first, &publisher->message};
  for (int i = 0; i < 2; i++)
    memcpy(templates[i]->bytes + templates[i]->payload_offset + PAYLOAD_PUBLISHER, &publisher->connection.index, 4);
  publisher->awaiting = allocate((size_t)options->window, sizeof *publisher->awaiting);
  publisher->connection.on_packet = on_publisher_packet;
  publisher->connection.before_flush = before_flush;
}

/* As many publishers as subscribers: pairs, a topic each. Otherwise one topic for all. */
static void topic_of(char *topic, size_t size, uint32_t index) {
  bool pairs = flow.options->publishers == flow.options->subscribers;
  snprintf(topic, size, "bench/flow/device-%u/temperature", pairs ? index : 0);
}

static void connect_all(void) {
  const struct options *options = flow.options;
  uint32_t publishers = (uint32_t)options->publishers, subscribers = (uint32_t)options->subscribers;
  struct connect_plan plan = {"subscriber", subscribers, options->clean};
  char topic[128], client_id[64];
  for (uint32_t i = 0; i < subscribers; i++) {
    flow.subscribers[i].on_packet = on_subscriber_packet;
    flow.subscribers[i].small_window = i < (uint32_t)options->frozen;
  }
  connection_open_all(flow.subscribers, &plan);
  for (uint32_t i = 0; i < subscribers; i++) {
    topic_of(topic, sizeof topic, i);
    connection_subscribe(&flow.subscribers[i], topic, options->qos);
  }
  uint64_t wanted = subscribers;
  loop_until(&loop.subscribed, wanted, "subscriptions");
  uint64_t connected = loop.connected;
  for (uint32_t i = 0; i < publishers; i++) {
    flow.publishers[i].connection.index = i;
    topic_of(topic, sizeof topic, i);
    prepare_publisher(&flow.publishers[i], topic);
    snprintf(client_id, sizeof client_id, "publisher-%u", i);
    flow.stopped = true;
    connection_open(&flow.publishers[i].connection, client_id, true);
    loop_until(&loop.connected, connected + i + 1, "publishers");
  }
  flow.stopped = false;
}

static void start_bulk(void) {
  uint64_t before = loop.subscribed;
  connection_subscribe(&flow.subscribers[0], "bulk", 0);
  loop_until(&loop.subscribed, before + 1, "the bulk subscription");
  for (long i = 0; i < flow.options->frozen; i++) connection_freeze(&flow.subscribers[i]);
  bulk_start((uint64_t)flow.options->bulk);
}

static void offer(uint64_t now) {
  uint64_t publishers = (uint64_t)flow.options->publishers;
  uint64_t tick = (uint64_t)flow.options->tick * 1000;
  uint64_t elapsed = (now - flow.started) / tick * tick;
  uint64_t due = elapsed * (uint64_t)flow.options->rate / 1000000000u + 1;
  for (; flow.offered < due; flow.offered++) {
    struct publisher *publisher = &flow.publishers[flow.offered % publishers];
    publisher->due++;
    connection_mark(&publisher->connection);
  }
}

static int64_t pause_length(uint64_t now, uint64_t end) {
  uint64_t next = end;
  if (bulk_due() < next) next = bulk_due();
  if (flow.options->rate) {
    uint64_t due = flow.started + flow.offered * 1000000000u / (uint64_t)flow.options->rate;
    if (tick_after(due) < next) next = tick_after(due);
  }
  return next > now ? (int64_t)(next - now) : 0;
}

static void turn_until(uint64_t end) {
  for (uint64_t now = clock_now(); now < end; now = clock_now()) {
    if (flow.options->rate) offer(now);
    if (flow.options->bulk) bulk_tick(now);
    connection_flush_dirty();
    loop_turn(pause_length(clock_now(), end));
  }
}

static void drain(void) {
  uint64_t deadline = clock_now() + DRAIN_SECONDS * 1000000000ull;
  flow.stopped = true;
  while (clock_now() < deadline) {
    uint64_t acknowledged = 0;
    for (long i = 0; i < flow.options->publishers; i++) acknowledged += flow.publishers[i].acknowledged;
    if (flow.delivered >= flow.sent * flow.copies && (flow.options->qos == 0 || acknowledged == flow.sent)) return;
    loop_turn(10000000);
  }
}

static void report(uint64_t sent, uint64_t delivered) {
  uint64_t wanted = flow.sent * flow.copies;
  if (flow.options->rate) result_number("offered", (double)flow.options->rate * flow.copies);
  result_number("sent", (double)sent);
  result_number("delivered", (double)delivered);
  result_number("lost", wanted > flow.delivered ? (double)(wanted - flow.delivered) : 0);
  result_number("gaps", (double)flow.gaps);
  result_number("duplicates", (double)flow.duplicates);
}

static void limit_window(struct options *limited) {
  uint32_t most = 65535;
  for (long i = 0; limited->qos > 0 && i < limited->publishers; i++)
    if (flow.publishers[i].connection.receive_maximum < most) most = flow.publishers[i].connection.receive_maximum;
  if (limited->window > (long)most) limited->window = (long)most;
}

void flow_run(const struct options *given) {
  struct options options = *given;
  flow.options = &options;
  flow.publishers = allocate((size_t)options.publishers, sizeof *flow.publishers);
  flow.subscribers = allocate((size_t)options.subscribers, sizeof *flow.subscribers);
  flow.fan_out = options.subscribers > options.publishers;
  flow.copies = flow.fan_out ? (uint32_t)(options.subscribers - options.frozen) : 1;
  flow.expected = allocate((size_t)(flow.fan_out ? options.subscribers : options.publishers), sizeof *flow.expected);
  connect_all();
  limit_window(&options);
  if (options.bulk) start_bulk();
  flow.started = clock_now();
  for (long i = 0; i < options.publishers; i++) connection_mark(&flow.publishers[i].connection);
  turn_until(flow.started + (uint64_t)options.warmup * 1000000);

  histogram_reset(&flow.latency);
  uint64_t sent = flow.sent, delivered = flow.delivered;
  measure_mark("begin");
  struct usage from = measure_usage();
  turn_until(from.now + (uint64_t)options.milliseconds * 1000000);
  struct usage to = measure_usage();
  measure_mark("end");
  struct histogram latency = flow.latency;
  sent = flow.sent - sent;
  delivered = flow.delivered - delivered;

  drain();
  result_begin();
  report(sent, delivered);
  result_usage(&from, &to);
  result_latency("latency", &latency);
  result_end();
}
