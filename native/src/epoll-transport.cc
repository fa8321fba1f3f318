#include "epoll-transport.h"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace akasa {
namespace {

constexpr int readyMax = 1024;
constexpr int acceptsPerWakeUp = 64;
constexpr size_t readMax = 64 * 1024;
// With less room left the next wake-up reads: pieces would be too small.
constexpr size_t readMin = 4096;
// Data of listeners have this bit; connections are slots.
constexpr uint64_t listenerBit = 1ull << 40;

}  // namespace

int EpollTransport::open() {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  return epoll_ < 0 ? -errno : 0;
}

void EpollTransport::shutDown() {
  Transport::shutDown();
  if (epoll_ >= 0) close(epoll_);
  epoll_ = -1;
}

void EpollTransport::collect() {
  epoll_event ready[readyMax];
  const int count = epoll_wait(epoll_, ready, readyMax, 0);
  for (int index = 0; index < count; index++) {
    // The kernel tells again of what is left.
    if (!roomForEvents(4)) return;
    const uint32_t events = ready[index].events;
    const uint64_t data = ready[index].data.u64;
    if ((data & listenerBit) != 0) {
      accept(static_cast<int>(data & ~listenerBit));
      continue;
    }
    const int slot = static_cast<int>(data);
    if (!valid(slot) || at(slot).dying) continue;
    if ((events & EPOLLOUT) != 0) drain(slot);
    if (at(slot).dying) continue;
    const bool broken = (events & (EPOLLHUP | EPOLLERR)) != 0;
    if (broken && (at(slot).paused || at(slot).ended)) hungUp(slot);
    else if (broken || (events & EPOLLIN) != 0) read(slot);
  }
}

void EpollTransport::gather(int, int microseconds) {
  const timespec time{microseconds / 1000000, static_cast<long>(microseconds % 1000000) * 1000};
  nanosleep(&time, nullptr);
}

void EpollTransport::read(int slot) {
  const size_t room = std::min(options_.memory.areaSize - areaUsed_, readMax);
  if (room < readMin) return;
  const long got = recv(at(slot).fd, options_.memory.area + areaUsed_, room, MSG_DONTWAIT);
  if (got > 0) {
    received(slot, areaUsed_, static_cast<size_t>(got));
    // Bytes that nobody wants take no room; the others begin where a cache line does.
    if (!at(slot).ending) areaUsed_ = (areaUsed_ + static_cast<size_t>(got) + 63) & ~static_cast<size_t>(63);
    areaUsed_ = std::min(areaUsed_, options_.memory.areaSize);
  } else if (got == 0) {
    peerEnded(slot);
  } else if (errno != EAGAIN && errno != EINTR) {
    fail(slot, at(slot).failure != 0 ? at(slot).failure : errno);
  }
}

void EpollTransport::hungUp(int slot) {
  if (!at(slot).ended) {
    // Paused: told at resume, when what came before has been read. Until then epoll would report it without end.
    epoll_ctl(epoll_, EPOLL_CTL_DEL, at(slot).fd, nullptr);
    at(slot).unwatched = true;
    return;
  }
  int error = 0;
  socklen_t length = sizeof error;
  getsockopt(at(slot).fd, SOL_SOCKET, SO_ERROR, &error, &length);
  fail(slot, at(slot).failure != 0 ? at(slot).failure : error);
}

void EpollTransport::watchListener(int listener) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = listenerBit | static_cast<uint64_t>(listener);
  epoll_ctl(epoll_, EPOLL_CTL_ADD, listeners_[listener], &event);
}

void EpollTransport::unwatchListener(int listener) {
  epoll_ctl(epoll_, EPOLL_CTL_DEL, listeners_[listener], nullptr);
}

void EpollTransport::accept(int listener) {
  if (listeners_[listener] < 0) return;
  for (int count = 0; count < acceptsPerWakeUp && roomForEvents(4); count++) {
    const int fd = accept4(listeners_[listener], nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) {
      adopt(fd, listener);
      continue;
    }
    if (errno == EMFILE || errno == ENFILE) refuseOne(listeners_[listener], &spare_);
    if (errno != EINTR && errno != ECONNABORTED) return;
  }
}

void EpollTransport::adopted(int slot) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = static_cast<uint64_t>(slot);
  at(slot).mark = EPOLLIN;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, at(slot).fd, &event) != 0) fail(slot, errno);
}

void EpollTransport::watch(int slot, uint32_t events) {
  Connection& connection = at(slot);
  if (connection.mark == events && !connection.unwatched) return;
  epoll_event event{};
  event.events = events;
  event.data.u64 = static_cast<uint64_t>(slot);
  const int operation = connection.unwatched ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  connection.mark = events;
  connection.unwatched = false;
  if (epoll_ctl(epoll_, operation, connection.fd, &event) != 0) fail(slot, errno);
}

void EpollTransport::receiveOff(int slot) {
  if (!at(slot).unwatched) watch(slot, at(slot).mark & ~static_cast<uint32_t>(EPOLLIN));
}

void EpollTransport::receiveOn(int slot) { watch(slot, at(slot).mark | static_cast<uint32_t>(EPOLLIN)); }

void EpollTransport::watchWritable(int slot) {
  Connection& connection = at(slot);
  const uint32_t others = connection.mark & ~static_cast<uint32_t>(EPOLLOUT);
  watch(slot, connection.output == nullptr ? others : others | static_cast<uint32_t>(EPOLLOUT));
}

}  // namespace akasa
