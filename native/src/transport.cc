#include "transport.h"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <sys/socket.h>
#include <unistd.h>

namespace akasa {
namespace {

// Deliveries in one wake-up before the rest of the loop gets its turn.
constexpr int roundsMax = 16;
constexpr int chunkBits = 16;
constexpr int32_t chunkMask = (1 << chunkBits) - 1;
constexpr size_t scratchSize = 1 << 20;
// Waiting is worth it where so many events are to be expected meanwhile, and half as many once it has begun.
constexpr double gatherWorth = 3;
// So many are worth a wake-up in any case.
constexpr int gatherEnough = 64;
// Microseconds for which a wait that was in vain is remembered, longer if it happens again.
constexpr uint64_t impatienceMin = 4000;
constexpr uint64_t impatienceMax = 1000000;
constexpr double rateWindow = 20000;
// Milliseconds after which Linux acknowledges what it had put off (40), with a margin.
constexpr uint16_t delayedAcknowledgement = 36;
constexpr int quickArrivals = 8;
constexpr uint8_t pausesCounted = 9;

uint64_t microseconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000000 + static_cast<uint64_t>(now.tv_nsec) / 1000;
}

bool isTransient(long result) {
  return result == -EAGAIN || result == -EINTR || result == -ENOBUFS || result == -ENOMEM;
}

}  // namespace

Transport::Transport(const Options& options, Deliver deliver)
    : options_(options), spare_(openSpare()), deliver_(std::move(deliver)), scratch_(new uint8_t[scratchSize]) {}

Transport::~Transport() { Transport::shutDown(); }

void Transport::shutDown() {
  for (Connection& connection : connections_) {
    if (connection.fd >= 0) close(connection.fd);
  }
  connections_.clear();
  freeSlots_.clear();
  closed_.clear();
  attention_.clear();
  for (int& listener : listeners_) {
    if (listener >= 0) close(listener);
    listener = -1;
  }
  openListeners_ = 0;
  if (spare_ >= 0) close(spare_);
  spare_ = -1;
}

// --- a wake-up

void Transport::run() {
  if (delivering_) return;
  runAt_ = microseconds();
  for (int round = 0; round < roundsMax; round++) {
    reportAttention();
    collect();
    if (round == 0 && options_.gatherMicroseconds > 0) noteRate();
    reportAttention();
    reportClosed();
    deliverEvents();
    if (wantsRun()) continue;
    if (!busy_) rest();
    return;
  }
}

// Under load it is not the first arrival that makes a wake-up: a wake-up costs about as much as several messages, and
// waking somebody who waits costs the one who sends.
void Transport::pace() {
  const auto passed = static_cast<int64_t>(microseconds() - collectedAt_);
  if (eventCount_ > 0 || wantsRun() || passed >= options_.gatherMicroseconds) return;
  awaited_ = std::clamp(static_cast<int>(rate_ * options_.gatherMicroseconds), 2, awaitedMax_);
  gather(awaited_, options_.gatherMicroseconds - static_cast<int>(passed));
}

void Transport::noteRate() {
  const uint64_t now = microseconds();
  const double passed = std::max<double>(1, static_cast<double>(now - collectedAt_));
  const double kept = passed < rateWindow ? 1 - passed / rateWindow : 0;
  const auto came = static_cast<int>(eventCount_);
  rate_ = rate_ * kept + came / passed * (1 - kept);
  collectedAt_ = now;
  noteWait(came, passed, now);
  const double expected = rate_ * options_.gatherMicroseconds;
  const bool inVain = came == 0 && awaited_ > 0;
  busy_ = !inVain && awaitedMax_ > 1 && expected >= (busy_ ? gatherWorth / 2 : gatherWorth);
  awaited_ = 0;
}

// Clients that wait for our answers send no more before they have them: not to be waited for again, for a while.
void Transport::noteWait(int came, double passed, uint64_t now) {
  if (now >= patientFrom_) awaitedMax_ = gatherEnough;
  if (came >= awaited_ || passed <= 2 * options_.gatherMicroseconds) return;
  const bool again = now < patientFrom_ + impatience_ * 8;
  impatience_ = again ? std::min(impatience_ * 2, impatienceMax) : impatienceMin;
  patientFrom_ = now + impatience_;
  awaitedMax_ = came;
}

void Transport::deliverEvents() {
  if (eventCount_ > 0) {
    delivering_ = true;
    const size_t count = eventCount_;
    eventCount_ = 0;
    deliver_(count);
    delivering_ = false;
  }
  for (const int slot : reported_) {
    connections_[slot] = Connection{};
    options_.memory.pending[slot] = 0;
    freeSlots_.push_back(slot);
  }
  reported_.clear();
  afterDelivery();
}

void Transport::push(EventKind kind, int slot, int32_t offset, int32_t length) {
  int32_t* event = options_.memory.events + eventCount_ * 4;
  event[0] = static_cast<int32_t>(kind);
  event[1] = slot;
  event[2] = offset;
  event[3] = length;
  eventCount_++;
}

void Transport::attend(int slot) {
  if (connections_[slot].listed) return;
  connections_[slot].listed = true;
  attention_.push_back(slot);
}

void Transport::reportAttention() {
  size_t done = 0;
  while (done < attention_.size() && roomForEvents(4)) {
    const int slot = attention_[done++];
    Connection& connection = connections_[slot];
    connection.listed = false;
    // A slot may have been given to another connection meanwhile; what follows does that one no harm.
    if (!connection.used || connection.dying) continue;
    if (connection.drained) push(EventKind::drained, slot);
    connection.drained = false;
    if (connection.paused) continue;
    if (connection.held != nullptr && !connection.ending) push(EventKind::held, slot);
    if (connection.endHeld) {
      connection.endHeld = false;
      peerEnded(slot);
    } else if (!connection.ended) {
      receiveOn(slot);
    }
  }
  attention_.erase(attention_.begin(), attention_.begin() + static_cast<long>(done));
}

void Transport::reportClosed() {
  size_t done = 0;
  while (done < closed_.size() && roomForEvents(1)) {
    const int slot = closed_[done++];
    push(EventKind::closed, slot, connections_[slot].failure);
    reported_.push_back(slot);
  }
  closed_.erase(closed_.begin(), closed_.begin() + static_cast<long>(done));
}

// --- listeners

int Transport::listen(const ListenAddress& address) {
  const int fd = openListener(address);
  if (fd < 0) return fd;
  listeners_.push_back(fd);
  openListeners_++;
  const int listener = static_cast<int>(listeners_.size()) - 1;
  watchListener(listener);
  return listener;
}

void Transport::closeListener(int listener) {
  if (listener < 0 || static_cast<size_t>(listener) >= listeners_.size() || listeners_[listener] < 0) return;
  unwatchListener(listener);
  close(listeners_[listener]);
  listeners_[listener] = -1;
  openListeners_--;
}

int Transport::adopt(int fd, int listener) {
  int slot;
  if (!freeSlots_.empty()) {
    slot = freeSlots_.back();
    freeSlots_.pop_back();
  } else if (connections_.size() < options_.memory.slots) {
    slot = static_cast<int>(connections_.size());
    connections_.emplace_back();
  } else {
    close(fd);
    return -1;
  }
  Connection& connection = connections_[slot];
  connection.fd = fd;
  connection.used = true;
  connection.peer = peerOf(fd);
  adopted(slot);
  push(EventKind::accepted, slot, listener);
  return slot;
}

// --- input

void Transport::received(int slot, size_t offset, size_t length) {
  Connection& connection = connections_[slot];
  if (connection.dying || connection.ending) return;
  noteArrival(connection);
  if (connection.paused) {
    if (connection.held == nullptr) connection.held = std::make_unique<ByteQueue>();
    if (!connection.held->append(options_.memory.area + offset, length)) fail(slot, ENOMEM);
    return;
  }
  // What was held comes first, also where it was not asked for yet.
  if (connection.held != nullptr && connection.listed) {
    push(EventKind::held, slot);
    if (!connection.held->append(options_.memory.area + offset, length)) fail(slot, ENOMEM);
    return;
  }
  push(EventKind::received, slot, static_cast<int32_t>(offset), static_cast<int32_t>(length));
}

// Linux acknowledges what a peer sends as soon as it is read, with a packet of its own where nothing is to be answered:
// a sixth of the time of a QoS 0 message. For who sends one small packet after the other it is told to wait for the
// second one. It goes back by itself after a pause; who pauses often (with Nagle's algorithm, for the acknowledgement)
// has to send twice as many in a row each time.
void Transport::noteArrival(Connection& connection) {
  const auto now = static_cast<uint16_t>(runAt_ / 1000);
  const auto pause = static_cast<uint16_t>(now - connection.receivedAt);
  connection.receivedAt = now;
  const int needed = quickArrivals << connection.pauses;
  if (pause < delayedAcknowledgement) {
    if (connection.quick < needed && ++connection.quick == needed) acknowledgeEverySecond(connection.fd);
  } else {
    if (connection.quick >= needed && connection.pauses < pausesCounted) connection.pauses++;
    connection.quick = 0;
  }
}

void Transport::peerEnded(int slot) {
  Connection& connection = connections_[slot];
  if (connection.dying || connection.ended) return;
  if (connection.paused && !connection.ending) {
    connection.endHeld = true;
    receiveOff(slot);
    return;
  }
  if (connection.failure != 0) {
    die(slot, connection.failure);
    return;
  }
  connection.ended = true;
  if (!connection.ending) {
    receiveOff(slot);
    push(EventKind::ended, slot);
  } else if (connection.shut) {
    die(slot, 0);
  } else {
    receiveOff(slot);
  }
}

void Transport::pause(int slot) {
  Connection& connection = connections_[slot];
  if (connection.paused || connection.ending || connection.dying) return;
  connection.paused = true;
  if (!connection.ended) receiveOff(slot);
}

void Transport::resume(int slot) {
  Connection& connection = connections_[slot];
  if (!connection.paused) return;
  connection.paused = false;
  if (!connection.dying) attend(slot);
}

bool Transport::putOffEnd(int slot) {
  Connection& connection = connections_[slot];
  if (!connection.paused) return false;
  connection.ended = false;
  connection.endHeld = true;
  return true;
}

void Transport::fail(int slot, int error) {
  Connection& connection = connections_[slot];
  if (connection.dying) return;
  connection.failure = error;
  if (connection.paused && !connection.ending) {
    // Bytes that came before it are still to be delivered.
    connection.endHeld = true;
    receiveOff(slot);
    return;
  }
  die(slot, error);
}

// --- output

void Transport::setChunk(size_t index, const uint8_t* bytes) {
  if (chunks_.size() <= index) chunks_.resize(index + 1);
  chunks_[index] = bytes;
}

const uint8_t* Transport::stretch(int32_t start) const { return chunks_[start >> chunkBits] + (start & chunkMask); }

void Transport::flush(size_t count, const int32_t* records) {
  const int32_t* send = options_.memory.sends;
  for (size_t index = 0; index < count; index++, send += 3) {
    flushOne(send[0], send[1], static_cast<size_t>(send[2]), records);
  }
  finishSends();
  scratchUsed_ = 0;
}

void Transport::flushOne(int slot, int32_t first, size_t total, const int32_t* records) {
  if (!valid(slot)) return;
  Connection& connection = connections_[slot];
  if (connection.dying || connection.shut || connection.failure != 0) return;
  const int32_t* record = records + first;
  if (record[2] < 0 && connection.output == nullptr) {
    send(slot, stretch(record[0]), static_cast<size_t>(record[1] - record[0]));
    return;
  }
  const bool gathers = connection.output == nullptr && total <= scratchSize;
  if (gathers && (scratchUsed_ + total > scratchSize || !sendsLater())) {
    finishSends();
    scratchUsed_ = 0;
  }
  // What does not fit goes piece by piece, behind what was sent before.
  if (!gathers) finishSends();
  uint8_t* target = scratch_.get() + scratchUsed_;
  for (;; record = records + record[2]) {
    const auto size = static_cast<size_t>(record[1] - record[0]);
    if (gathers) {
      std::memcpy(target, stretch(record[0]), size);
      target += size;
    } else {
      sendDirectly(slot, stretch(record[0]), size);
    }
    if (record[2] < 0) break;
  }
  if (!gathers) return;
  send(slot, scratch_.get() + scratchUsed_, total);
  scratchUsed_ += total;
}

void Transport::write(int slot, const uint8_t* bytes, size_t length) {
  const Connection& connection = connections_[slot];
  if (connection.dying || connection.shut || connection.failure != 0) return;
  sendDirectly(slot, bytes, length);
}

void Transport::sendDirectly(int slot, const uint8_t* bytes, size_t length) {
  const Connection& connection = connections_[slot];
  if (connection.dying || connection.failure != 0) return;
  if (connection.output != nullptr) {
    enqueue(slot, bytes, length);
    return;
  }
  const long sent = ::send(connection.fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
  afterSend(slot, bytes, length, sent < 0 ? -errno : sent);
}

void Transport::afterSend(int slot, const uint8_t* bytes, size_t length, long result) {
  if (connections_[slot].dying || result == static_cast<long>(length)) return;
  if (result < 0 && !isTransient(result)) {
    writeFailed(slot, static_cast<int>(-result));
    return;
  }
  const size_t sent = result < 0 ? 0 : static_cast<size_t>(result);
  enqueue(slot, bytes + sent, length - sent);
}

void Transport::enqueue(int slot, const uint8_t* bytes, size_t length) {
  Connection& connection = connections_[slot];
  const bool first = connection.output == nullptr;
  if (first) connection.output = std::make_unique<ByteQueue>();
  if (!connection.output->append(bytes, length)) {
    writeFailed(slot, ENOMEM);
    return;
  }
  options_.memory.pending[slot] = static_cast<int32_t>(connection.output->size());
  if (connection.output->size() > options_.drainReportedAbove) connection.congested = true;
  if (first) watchWritable(slot);
}

void Transport::drain(int slot) {
  Connection& connection = connections_[slot];
  if (connection.dying || connection.output == nullptr) return;
  ByteQueue& output = *connection.output;
  while (output.size() > 0) {
    const long sent = ::send(connection.fd, output.data(), output.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && isTransient(-errno)) break;
    if (sent < 0) {
      writeFailed(slot, errno);
      return;
    }
    output.drop(static_cast<size_t>(sent));
  }
  options_.memory.pending[slot] = static_cast<int32_t>(output.size());
  if (output.size() == 0) connection.output.reset();
  watchWritable(slot);
  if (connection.output != nullptr || connection.dying) return;
  if (connection.congested) {
    connection.congested = false;
    connection.drained = true;
    attend(slot);
  }
  shutIfDone(slot);
}

void Transport::writeFailed(int slot, int error) {
  Connection& connection = connections_[slot];
  connection.failure = error;
  connection.output.reset();
  options_.memory.pending[slot] = 0;
  if (connection.ended || connection.ending) {
    die(slot, error);
    return;
  }
  if (connection.congested) {
    connection.congested = false;
    connection.drained = true;
    attend(slot);
  }
  watchWritable(slot);
  // What the peer sent before it left still counts; the end of it reports the failure.
  ::shutdown(connection.fd, SHUT_RD);
}

// --- ends

void Transport::end(int slot) {
  Connection& connection = connections_[slot];
  if (connection.ending || connection.dying) return;
  connection.ending = true;
  connection.held.reset();
  if (connection.failure != 0) {
    die(slot, connection.failure);
    return;
  }
  const bool heldEnd = connection.endHeld;
  connection.endHeld = false;
  if (heldEnd) connection.ended = true;
  if (connection.paused && !heldEnd) {
    connection.paused = false;
    attend(slot);
  }
  shutIfDone(slot);
}

void Transport::shutIfDone(int slot) {
  Connection& connection = connections_[slot];
  if (!connection.ending || connection.shut || connection.dying || connection.output != nullptr) return;
  ::shutdown(connection.fd, SHUT_WR);
  connection.shut = true;
  if (connection.ended) die(slot, 0);
}

void Transport::destroy(int slot) { die(slot, 0); }

void Transport::die(int slot, int error) {
  Connection& connection = connections_[slot];
  if (connection.dying) return;
  connection.dying = true;
  connection.failure = error;
  connection.output.reset();
  connection.held.reset();
  options_.memory.pending[slot] = 0;
  letGo(slot);
}

void Transport::released(int slot) {
  Connection& connection = connections_[slot];
  if (connection.fd < 0) return;
  close(connection.fd);
  connection.fd = -1;
  closed_.push_back(slot);
}

}  // namespace akasa
