#include "wire.h"

#include <string.h>

#include "measure.h"

static uint8_t *put_text(uint8_t *out, const char *text) {
  size_t length = strlen(text);
  wire_put16(out, (uint32_t)length);
  memcpy(out + 2, text, length);
  return out + 2 + length;
}

static uint8_t *put_length(uint8_t *out, uint32_t length) {
  do {
    *out++ = (uint8_t)((length & 127) | (length > 127 ? 128 : 0));
    length >>= 7;
  } while (length);
  return out;
}

static size_t get_length(const uint8_t *in, size_t available, uint32_t *length) {
  *length = 0;
  for (size_t i = 0; i < 4 && i < available; i++) {
    *length |= (uint32_t)(in[i] & 127) << (7 * i);
    if (in[i] < 128) return i + 1;
  }
  if (available >= 4) fatal("the broker sent a malformed length");
  return 0;
}

/* Session expiry and receive maximum: a client that keeps its session and never limits the broker. */
static uint8_t *put_connect_properties(uint8_t *out, bool clean) {
  if (clean) {
    *out++ = 0;
    return out;
  }
  *out++ = 5;
  *out++ = 0x11;
  memset(out, 0xff, 4);
  return out + 4;
}

size_t wire_connect(uint8_t *out, long version, const char *client_id, bool clean) {
  uint8_t body[256];
  uint8_t *at = put_text(body, version == 3 ? "MQIsdp" : "MQTT");
  *at++ = (uint8_t)version;
  *at++ = clean ? 2 : 0;
  wire_put16(at, 0); /* no keep-alive: an idle connection stays without traffic */
  at += 2;
  if (version == 5) at = put_connect_properties(at, clean);
  at = put_text(at, client_id);
  out[0] = CONNECT << 4;
  uint8_t *start = put_length(out + 1, (uint32_t)(at - body));
  memcpy(start, body, (size_t)(at - body));
  return (size_t)(start - out) + (size_t)(at - body);
}

/* Room for the longest fixed header. A length must be encoded in the fewest bytes [MQTT5-1.5.5-1] and is known only at
 * the end: wire_subscribe_end then closes the gap. */
enum { SUBSCRIBE_HEADER = 5 };

size_t wire_subscribe_begin(uint8_t *out, long version) {
  out[SUBSCRIBE_HEADER + 2] = 0; /* no properties */
  return SUBSCRIBE_HEADER + 2 + (version == 5 ? 1 : 0);
}

size_t wire_subscribe_filter(uint8_t *out, const char *filter, long qos) {
  uint8_t *at = put_text(out, filter);
  *at++ = (uint8_t)qos;
  return (size_t)(at - out);
}

size_t wire_subscribe_end(uint8_t *packet, uint8_t *filters_end, uint16_t packet_id) {
  uint32_t length = (uint32_t)(filters_end - packet - SUBSCRIBE_HEADER);
  wire_put16(packet + SUBSCRIBE_HEADER, packet_id);
  packet[0] = SUBSCRIBE << 4 | 2;
  uint8_t *start = put_length(packet + 1, length);
  memmove(start, packet + SUBSCRIBE_HEADER, length);
  return (size_t)(start - packet) + length;
}

static uint8_t *put_user_property(uint8_t *out, const char *name, const char *value) {
  *out++ = 0x26;
  return put_text(put_text(out, name), value);
}

static uint8_t *put_publish_properties(uint8_t *out, bool properties) {
  uint8_t *at = out + 1;
  if (properties) {
    *at++ = 0x23;
    wire_put16(at, 1);
    at = put_user_property(at + 2, "unit", "celsius");
    at = put_user_property(at, "sensor", "outdoor-north");
  }
  *out = (uint8_t)(at - out - 1);
  return at;
}

size_t wire_template_size(const struct publish_shape *shape) { return 128 + strlen(shape->topic) + shape->payload_length; }

void wire_template(struct template *template, uint8_t *memory, const struct publish_shape *shape) {
  uint8_t head[512];
  uint8_t *at = put_text(head, shape->topic);
  size_t packet_id_at = (size_t)(at - head);
  if (shape->qos > 0) at += 2;
  if (shape->version == 5) at = put_publish_properties(at, shape->properties);
  size_t head_length = (size_t)(at - head);
  memory[0] = (uint8_t)(PUBLISH << 4 | shape->qos << 1 | (shape->retain ? 1 : 0));
  uint8_t *start = put_length(memory + 1, (uint32_t)head_length + shape->payload_length);
  memcpy(start, head, head_length);
  memset(start + head_length, 'x', shape->payload_length);
  template->bytes = memory;
  template->packet_id_offset = shape->qos > 0 ? (uint32_t)((size_t)(start - memory) + packet_id_at) : 0;
  template->payload_offset = (uint32_t)((size_t)(start - memory) + head_length);
  template->length = template->payload_offset + shape->payload_length;
}

size_t wire_packet(struct packet *packet, const uint8_t *in, size_t available) {
  if (available < 2) return 0;
  size_t size = get_length(in + 1, available - 1, &packet->length);
  if (size == 0 || available - 1 - size < packet->length) return 0;
  packet->type = in[0] >> 4;
  packet->flags = in[0] & 15;
  packet->body = in + 1 + size;
  return 1 + size + packet->length;
}

void wire_publication(struct publication *publication, const struct packet *packet, long version) {
  const uint8_t *at = packet->body + 2 + wire_get16(packet->body);
  const uint8_t *end = packet->body + packet->length;
  publication->qos = packet->flags >> 1 & 3;
  publication->packet_id = 0;
  if (publication->qos > 0) {
    publication->packet_id = wire_get16(at);
    at += 2;
  }
  if (version == 5) {
    uint32_t properties;
    at += get_length(at, (size_t)(end - at), &properties);
    at += properties;
  }
  if (at > end) fatal("the broker sent a malformed PUBLISH");
  publication->payload = at;
  publication->payload_length = (uint32_t)(end - at);
}

/* How long the value of a CONNACK property is: [MQTT5 table 2-4], the ones that may stand there. */
static size_t connack_property_length(const uint8_t *at) {
  switch (at[0]) {
    case 0x11: case 0x27: return 4;
    case 0x21: case 0x22: case 0x13: return 2;
    case 0x24: case 0x25: case 0x28: case 0x29: case 0x2a: return 1;
    case 0x26: {
      size_t name = 2u + wire_get16(at + 1);
      return name + 2u + wire_get16(at + 1 + name);
    }
    default: return 2u + wire_get16(at + 1);
  }
}

uint16_t wire_connack_receive_maximum(const struct packet *packet) {
  uint32_t length;
  const uint8_t *at = packet->body + 2;
  at += get_length(at, packet->length - 2, &length);
  for (const uint8_t *end = at + length; at < end; at += 1 + connack_property_length(at))
    if (at[0] == 0x21) return wire_get16(at + 1);
  return 65535;
}
