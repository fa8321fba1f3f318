#include "load.h"

#include <stdio.h>
#include <string.h>

#include "measure.h"

static void encode(struct load *load) {
  uint8_t bytes[1024];
  char topic[128];
  struct template template;
  snprintf(topic, sizeof topic, load->plan.topic, (unsigned)load->sent);
  struct publish_shape shape = {.version = load->publisher.version,
                                .qos = load->plan.qos,
                                .retain = load->plan.retain,
                                .topic = topic,
                                .payload_length = load->plan.payload};
  if (wire_template_size(&shape) > sizeof bytes) fatal("payload too large for this workload");
  wire_template(&template, bytes, &shape);
  if (template.packet_id_offset) wire_put16(bytes + template.packet_id_offset, (uint32_t)(load->sent % 65535) + 1);
  memcpy(bytes + template.payload_offset, &load->sent, sizeof load->sent);
  memcpy(connection_reserve(&load->publisher, template.length), bytes, template.length);
  load->publisher.out_length += template.length;
  load->sent++;
}

static void before_flush(struct connection *connection) {
  struct load *load = (struct load *)connection;
  while (load->sent < load->plan.count && load->sent - load->done < load->plan.window) encode(load);
}

static void on_publisher_packet(struct connection *connection, const struct packet *packet) {
  struct load *load = (struct load *)connection;
  if (packet->type == PUBREC) connection_ack(connection, PUBREL, wire_get16(packet->body));
  if ((packet->type != PUBACK && packet->type != PUBCOMP) || load->plan.delivered) return;
  load->done++;
  connection_mark(connection);
}

void load_start(struct load *load, const struct load_plan *plan) {
  if (load->publisher.state == CLOSED) {
    uint64_t before = loop.connected;
    connection_open(&load->publisher, "loader", true);
    loop_until(&loop.connected, before + 1, "the publisher");
  }
  load->plan = *plan;
  load->sent = 0;
  load->done = 0;
  load->publisher.on_packet = on_publisher_packet;
  load->publisher.before_flush = before_flush;
  if (plan->qos > 0 && load->plan.window > load->publisher.receive_maximum)
    load->plan.window = load->publisher.receive_maximum;
  connection_mark(&load->publisher);
}

static void on_counter_packet(struct connection *connection, const struct packet *packet) {
  struct counter *counter = (struct counter *)connection;
  struct publication publication;
  uint64_t number;
  if (packet->type == PUBREL) connection_ack(connection, PUBCOMP, wire_get16(packet->body));
  if (packet->type != PUBLISH) return;
  wire_publication(&publication, packet, connection->version);
  if (publication.qos == 1) connection_ack(connection, PUBACK, publication.packet_id);
  if (publication.qos == 2) connection_ack(connection, PUBREC, publication.packet_id);
  memcpy(&number, publication.payload, sizeof number);
  if (number != counter->received) counter->stray++;
  counter->received++;
  if (!counter->load || !counter->load->plan.delivered) return;
  counter->load->done++;
  connection_mark(&counter->load->publisher);
}

void counter_start(struct counter *counter, const char *client_id, bool clean) {
  uint64_t before = loop.connected;
  counter->connection.on_packet = on_counter_packet;
  connection_open(&counter->connection, client_id, clean);
  loop_until(&loop.connected, before + 1, "the subscriber");
}
