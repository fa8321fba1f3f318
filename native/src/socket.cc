#include "socket.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace akasa {
namespace {

constexpr int backlog = 4096;

int bindAndListen(int fd, const sockaddr* address, socklen_t length) {
  if (bind(fd, address, length) == 0 && listen(fd, backlog) == 0) return fd;
  const int error = errno;
  close(fd);
  return -error;
}

int openUnixListener(const std::string& path) {
  sockaddr_un address{};
  if (path.size() >= sizeof address.sun_path) return -ENAMETOOLONG;
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -errno;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return bindAndListen(fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
}

void setOption(int fd, int level, int name) {
  const int on = 1;
  setsockopt(fd, level, name, &on, sizeof on);
}

int openTcpSocket(int family, bool reusePort) {
  const int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -errno;
  setOption(fd, SOL_SOCKET, SO_REUSEADDR);
  // Accepted sockets inherit it.
  setOption(fd, IPPROTO_TCP, TCP_NODELAY);
  if (reusePort) setOption(fd, SOL_SOCKET, SO_REUSEPORT);
  return fd;
}

PeerName nameOf(const sockaddr_storage& address) {
  PeerName name;
  name.family = static_cast<uint8_t>(address.ss_family);
  if (address.ss_family == AF_INET) {
    const auto& four = reinterpret_cast<const sockaddr_in&>(address);
    std::memcpy(name.address, &four.sin_addr, sizeof four.sin_addr);
    name.port = ntohs(four.sin_port);
  } else if (address.ss_family == AF_INET6) {
    const auto& six = reinterpret_cast<const sockaddr_in6&>(address);
    std::memcpy(name.address, &six.sin6_addr, sizeof six.sin6_addr);
    name.port = ntohs(six.sin6_port);
  }
  return name;
}

}  // namespace

int openListener(const ListenAddress& address) {
  if (!address.path.empty()) return openUnixListener(address.path);
  sockaddr_in four{};
  if (inet_pton(AF_INET, address.host.c_str(), &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    four.sin_port = htons(static_cast<uint16_t>(address.port));
    const int fd = openTcpSocket(AF_INET, address.reusePort);
    return fd < 0 ? fd : bindAndListen(fd, reinterpret_cast<sockaddr*>(&four), sizeof four);
  }
  sockaddr_in6 six{};
  // `fe80::1%eth0`: the interface stands behind the address.
  const size_t percent = address.host.find('%');
  if (inet_pton(AF_INET6, address.host.substr(0, percent).c_str(), &six.sin6_addr) != 1) return -EINVAL;
  if (percent != std::string::npos) six.sin6_scope_id = if_nametoindex(address.host.c_str() + percent + 1);
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(static_cast<uint16_t>(address.port));
  const int fd = openTcpSocket(AF_INET6, address.reusePort);
  return fd < 0 ? fd : bindAndListen(fd, reinterpret_cast<sockaddr*>(&six), sizeof six);
}

std::string localAddress(int fd) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) return "";
  return address.ss_family == AF_UNIX ? "" : textOf(nameOf(address));
}

PeerName peerOf(int fd) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) return {};
  return nameOf(address);
}

std::string textOf(const PeerName& peer) {
  char host[INET6_ADDRSTRLEN] = "";
  switch (peer.family) {
    case AF_INET:
      inet_ntop(AF_INET, peer.address, host, sizeof host);
      return std::string(host) + ":" + std::to_string(peer.port);
    case AF_INET6:
      inet_ntop(AF_INET6, peer.address, host, sizeof host);
      return "[" + std::string(host) + "]:" + std::to_string(peer.port);
    case AF_UNIX:
      return "unix";
    default:
      return "unknown";
  }
}

void acknowledgeEverySecond(int fd) {
  const int off = 0;
  setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &off, sizeof off);
}

int openSpare() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }

int growDescriptorTable(int count) {
  const int spare = openSpare();
  if (spare < 0) return -errno;
  const int last = fcntl(spare, F_DUPFD_CLOEXEC, count - 1);
  const int error = last < 0 ? -errno : 0;
  if (last >= 0) close(last);
  close(spare);
  return error;
}

void refuseOne(int listener, int* spare) {
  if (*spare >= 0) close(*spare);
  const int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd >= 0) close(fd);
  *spare = openSpare();
}

}  // namespace akasa
