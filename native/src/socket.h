// Sockets without a loop: where a listener is bound, who a peer is. Results below zero are -errno.
#pragma once

#include <cstdint>
#include <string>

namespace akasa {

struct ListenAddress {
  // An IP address in numbers; empty for a Unix socket.
  std::string host;
  int port = 0;
  std::string path;
  // SO_REUSEPORT: hides a process that was left behind, so only where several shards share a port.
  bool reusePort = false;
};

int openListener(const ListenAddress& address);

// Who a peer is, noted when it was accepted: a socket that was reset does not tell any more.
struct PeerName {
  uint8_t address[16] = {};
  uint16_t port = 0;
  // AF_INET, AF_INET6, AF_UNIX; 0: it was gone at once.
  uint8_t family = 0;
};

PeerName peerOf(int fd);
// `127.0.0.1:1883`, `[::1]:1883`, `unix`, `unknown`.
std::string textOf(const PeerName& peer);
// The same of a listener; empty for a Unix socket.
std::string localAddress(int fd);

// TCP acknowledges every second small packet that is read, until there is a pause.
void acknowledgeEverySecond(int fd);

// Closes one waiting connection where the process has no descriptors left, so that the peer learns of it.
// `spare` is a descriptor held for that, -1 where there is none.
void refuseOne(int listener, int* spare);
int openSpare();

// Lets the kernel make room for `count` descriptors of the process now. 0, or -errno.
int growDescriptorTable(int count);

}  // namespace akasa
