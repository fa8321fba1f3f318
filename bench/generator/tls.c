#include "tls.h"

#include <errno.h>

#include "measure.h"

#ifdef WITH_TLS
#include <openssl/err.h>
#include <openssl/ssl.h>

static SSL_CTX *context;

void tls_start(void) {
  context = SSL_CTX_new(TLS_client_method());
  if (!context) fatal("no TLS");
  /* The certificate is one that the benchmark made. */
  SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

void *tls_open(int fd) {
  SSL *tls = SSL_new(context);
  if (!tls || !SSL_set_fd(tls, fd)) fatal("no TLS for a connection");
  SSL_set_connect_state(tls);
  return tls;
}

void tls_close(void *tls) { SSL_free(tls); }

static ssize_t answer(SSL *tls, int result) {
  if (result > 0) return result;
  int why = SSL_get_error(tls, result);
  if (why == SSL_ERROR_ZERO_RETURN) return 0;
  errno = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? EAGAIN : ECONNRESET;
  ERR_clear_error();
  return -1;
}

bool tls_handshake(void *tls) {
  if (answer(tls, SSL_do_handshake(tls)) > 0) return true;
  if (errno != EAGAIN) fatal("the TLS handshake failed");
  return false;
}

ssize_t tls_send(void *tls, const uint8_t *bytes, size_t length) { return answer(tls, SSL_write(tls, bytes, (int)length)); }

/* Record by record until there is none: the socket does not tell of what OpenSSL holds. */
ssize_t tls_receive(void *tls, uint8_t *bytes, size_t room) {
  size_t total = 0;
  while (total < room) {
    ssize_t got = answer(tls, SSL_read(tls, bytes + total, (int)(room - total)));
    if (got <= 0 && total == 0) return got;
    if (got <= 0) break;
    total += (size_t)got;
  }
  return (ssize_t)total;
}

#else

static void missing(void) { fatal("built without TLS: apt-get install libssl-dev, and remove bench/.build"); }

void tls_start(void) { missing(); }

void *tls_open(int fd) {
  (void)fd;
  missing();
  return NULL;
}

void tls_close(void *tls) { (void)tls; }

bool tls_handshake(void *tls) {
  (void)tls;
  return false;
}

ssize_t tls_send(void *tls, const uint8_t *bytes, size_t length) {
  (void)tls, (void)bytes, (void)length;
  return -1;
}

ssize_t tls_receive(void *tls, uint8_t *bytes, size_t room) {
  (void)tls, (void)bytes, (void)room;
  return -1;
}
#endif
