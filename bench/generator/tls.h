/* TLS by OpenSSL, where its headers were there when this was built; else its use is fatal. */
#ifndef TLS_H
#define TLS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

void tls_start(void);
void *tls_open(int fd);
void tls_close(void *tls);
/* True when it is over; fatal where it fails. */
bool tls_handshake(void *tls);
/* As send and recv. */
ssize_t tls_send(void *tls, const uint8_t *bytes, size_t length);
ssize_t tls_receive(void *tls, uint8_t *bytes, size_t room);

#endif
