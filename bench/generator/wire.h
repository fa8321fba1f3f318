/* MQTT on the wire, only as much as a client under measurement needs. Encoders return the bytes written. */
#ifndef WIRE_H
#define WIRE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum packet_type {
  CONNECT = 1, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBSCRIBE, SUBACK,
  UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP, DISCONNECT
};

struct packet {
  uint8_t type;
  uint8_t flags;
  uint32_t length;
  const uint8_t *body;
};

struct publication {
  const uint8_t *payload;
  uint32_t payload_length;
  uint16_t packet_id;
  uint8_t qos;
};

/* A PUBLISH encoded once; packet id and payload are patched in place. */
struct template {
  uint8_t *bytes;
  uint32_t length;
  uint32_t packet_id_offset;
  uint32_t payload_offset;
};

struct publish_shape {
  long version;
  long qos;
  bool retain;
  bool properties; /* MQTT 5: topic alias 1 and two user properties */
  const char *topic;
  uint32_t payload_length;
};

static inline uint16_t wire_get16(const uint8_t *at) { return (uint16_t)(at[0] << 8 | at[1]); }

static inline void wire_put16(uint8_t *at, uint32_t value) {
  at[0] = (uint8_t)(value >> 8);
  at[1] = (uint8_t)value;
}

size_t wire_connect(uint8_t *out, long version, const char *client_id, bool clean);
size_t wire_subscribe_begin(uint8_t *out, long version);
size_t wire_subscribe_filter(uint8_t *out, const char *filter, long qos);
size_t wire_subscribe_end(uint8_t *packet, uint8_t *filters_end, uint16_t packet_id);
size_t wire_template_size(const struct publish_shape *shape);
void wire_template(struct template *template, uint8_t *memory, const struct publish_shape *shape);

/* Bytes of the packet at `in`, 0 when it is not complete yet. */
size_t wire_packet(struct packet *packet, const uint8_t *in, size_t available);
void wire_publication(struct publication *publication, const struct packet *packet, long version);
uint16_t wire_connack_receive_maximum(const struct packet *packet);

#endif
