#include "uring-transport.h"

#include <cerrno>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "uring-probe.h"

namespace akasa {
namespace {

// What a completion is about; the lower half of its user data is a slot, a listener or an index of sends_.
enum Operation : uint64_t { opAccept = 1, opReceive = 2, opSend = 3, opWritable = 4, opCancel = 5, opAlarm = 6 };

constexpr uint64_t userData(Operation operation, uint64_t about) { return static_cast<uint64_t>(operation) << 32 | about; }
// A timer that is near costs a virtual machine more than a wake-up: one for many waits, and not one for each.
constexpr long long alarmNanoseconds = 2000000;
constexpr int acceptsPerWakeUp = 64;

bool endsForNow(int result) {
  return result == -ECANCELED || result == -ENOBUFS || result == -EINTR || result == -EAGAIN;
}

}  // namespace

int UringTransport::open(std::string* step) {
  const int refused = probeUring(step);
  if (refused < 0) return refused;
  const int error = ring_.open(options_.ringEntries, step);
  if (error < 0) return error;
  *step = "registering receive buffers";
  const SharedMemory& memory = options_.memory;
  int provided = -EINVAL;
  // Pieces of large buffers save memory (Linux 6.12); before, each read takes a buffer of its own, so they are smaller.
  if (options_.incrementalBuffers) {
    provided = ring_.provideBuffers(memory.area, memory.areaSize, options_.receiveBuffers, true);
  }
  if (provided < 0) {
    provided = ring_.provideBuffers(memory.area, memory.areaSize, options_.receiveBuffers * 8, false);
  }
  consumed_.resize(options_.receiveBuffers * 8);
  return provided;
}

void UringTransport::shutDown() {
  if (ring_.fd() >= 0) {
    submitAll();
    // Nothing may write to the receive area after this returns.
    ring_.cancelNow(0, IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL);
    reap(true);
  }
  Transport::shutDown();
  ring_.close();
  backlog_.clear();
  backlogAt_ = 0;
  for (size_t index = arrivalsAt_; index < arrivals_.size(); index++) {
    if (arrivals_[index].result >= 0) ::close(arrivals_[index].result);
  }
  arrivals_.clear();
  arrivalsAt_ = 0;
}

// --- the rings

io_uring_sqe* UringTransport::submission(uint64_t data) {
  io_uring_sqe* entry = ring_.next();
  while (entry == nullptr) {
    submitAll();
    entry = ring_.next();
  }
  entry->user_data = data;
  return entry;
}

void UringTransport::submitAll() {
  // Refused only while completions have no room (EBUSY) or memory is short.
  while (ring_.submit() < 0) ring_.reap(&reaped_, true);
}

void UringTransport::reap(bool all) {
  ring_.reap(&reaped_, all);
  if (backlogAt_ == backlog_.size()) {
    backlog_.clear();
    backlogAt_ = 0;
  }
  if (arrivalsAt_ == arrivals_.size()) {
    arrivals_.clear();
    arrivalsAt_ = 0;
  }
  // Dealing with one may bring further ones behind it.
  for (size_t index = 0; index < reaped_.size(); index++) {
    const Completion completion = reaped_[index];
    const uint64_t operation = completion.userData >> 32;
    if (operation != opSend) {
      (operation == opAccept ? arrivals_ : backlog_).push_back(completion);
      continue;
    }
    const PendingSend& pending = sends_[static_cast<uint32_t>(completion.userData)];
    afterSend(pending.slot, pending.bytes, pending.length, completion.result);
  }
  reaped_.clear();
}

void UringTransport::collect() {
  reap(!gathered_);
  gathered_ = false;
  while (backlogAt_ < backlog_.size() && roomForEvents(4)) {
    const Completion completion = backlog_[backlogAt_++];
    handle(completion);
  }
  // Thousands that connect at the same moment leave those that are connected their turns.
  for (int count = 0; count < acceptsPerWakeUp && arrivalsAt_ < arrivals_.size() && roomForEvents(4); count++) {
    const Completion completion = arrivals_[arrivalsAt_++];
    accepted(static_cast<int>(static_cast<uint32_t>(completion.userData)), completion);
  }
}

void UringTransport::gather(int enough, int microseconds) {
  if (!alarmSet_ && !alarmRefused_) setAlarm();
  // Until it has rung once each wait has a limit of its own, and always where Linux is older than 6.4.
  ring_.wait(static_cast<uint32_t>(enough), alarmHeard_ ? -1 : microseconds);
  gathered_ = true;
}

// Rings again and again: one that is noticed too late must not be the last.
void UringTransport::setAlarm() {
  alarmSet_ = true;
  io_uring_sqe* entry = submission(userData(opAlarm, 0));
  entry->opcode = IORING_OP_TIMEOUT;
  // Later than what a wait in vain is recognized by.
  alarm_.tv_nsec = alarmNanoseconds + options_.gatherMicroseconds * 2000ll;
  entry->addr = reinterpret_cast<uint64_t>(&alarm_);
  entry->len = 1;
  entry->timeout_flags = uring::timeoutMultishot;
}

void UringTransport::stopAlarm() {
  alarmSet_ = false;
  io_uring_sqe* entry = submission(userData(opCancel, 0));
  entry->opcode = IORING_OP_TIMEOUT_REMOVE;
  entry->addr = userData(opAlarm, 0);
  entry->flags = IOSQE_CQE_SKIP_SUCCESS;
  submitAll();
}

void UringTransport::alarmRang(const Completion& completion) {
  if ((completion.flags & IORING_CQE_F_MORE) != 0) alarmHeard_ = true;
  else if (completion.result != -ECANCELED) alarmSet_ = false;
  if (completion.result == -EINVAL) alarmRefused_ = true;
}

void UringTransport::rest() {
  if (alarmSet_) stopAlarm();
  // What came before it was cleared shows in the rings, what comes after it sets it again.
  ring_.clearSignal();
  if (ring_.hasWork()) ring_.signal();
}

void UringTransport::handle(const Completion& completion) {
  const int about = static_cast<int>(static_cast<uint32_t>(completion.userData));
  switch (completion.userData >> 32) {
    case opReceive:
      receivedBy(about, completion);
      break;
    case opWritable:
      writable(about);
      break;
    case opAlarm:
      alarmRang(completion);
      break;
    default:
      break;
  }
}

void UringTransport::afterDelivery() {
  if (!usedUp_.empty()) {
    for (const uint16_t buffer : usedUp_) {
      consumed_[buffer] = 0;
      ring_.giveBack(buffer);
    }
    usedUp_.clear();
    ring_.publishBuffers();
  }
  for (const int slot : wanting_) {
    at(slot).wantsReceive = false;
    arm(slot);
  }
  wanting_.clear();
  for (const int listener : listenAgain_) watchListener(listener);
  listenAgain_.clear();
  if (ring_.unsubmitted() > 0) submitAll();
}

// --- listeners

void UringTransport::watchListener(int listener) {
  if (listeners_[listener] < 0) return;
  io_uring_sqe* entry = submission(userData(opAccept, static_cast<uint64_t>(listener)));
  entry->opcode = IORING_OP_ACCEPT;
  entry->fd = listeners_[listener];
  entry->ioprio = IORING_ACCEPT_MULTISHOT;
  entry->accept_flags = SOCK_CLOEXEC;
  if (!delivering_) submitAll();
}

void UringTransport::unwatchListener(int listener) {
  submitAll();
  ring_.cancelNow(userData(opAccept, static_cast<uint64_t>(listener)), 0);
  // The request lets go of the socket when it is completed, and the port is free when nobody holds it.
  reap(true);
}

void UringTransport::accepted(int listener, const Completion& completion) {
  const bool open = listeners_[listener] >= 0;
  if (completion.result >= 0) {
    if (open) adopt(completion.result, listener);
    else ::close(completion.result);
  } else if (open && (completion.result == -EMFILE || completion.result == -ENFILE)) {
    refuseOne(listeners_[listener], &spare_);
  }
  if (open && (completion.flags & IORING_CQE_F_MORE) == 0) listenAgain_.push_back(listener);
}

// --- input

void UringTransport::want(int slot) {
  if (at(slot).wantsReceive) return;
  at(slot).wantsReceive = true;
  wanting_.push_back(slot);
}

void UringTransport::arm(int slot) {
  Connection& connection = at(slot);
  if (!connection.used || connection.dying || connection.paused || connection.receiving) return;
  if (connection.ended || connection.endHeld) return;
  io_uring_sqe* entry = submission(userData(opReceive, static_cast<uint64_t>(slot)));
  entry->opcode = IORING_OP_RECV;
  entry->fd = connection.fd;
  entry->ioprio = IORING_RECV_MULTISHOT;
  entry->flags = IOSQE_BUFFER_SELECT;
  connection.receiving = true;
}

void UringTransport::receivedBy(int slot, const Completion& completion) {
  Connection& connection = at(slot);
  if ((completion.flags & IORING_CQE_F_MORE) == 0) {
    connection.receiving = false;
    connection.cancelling = false;
  }
  if ((completion.flags & IORING_CQE_F_BUFFER) != 0) useBuffer(slot, completion);
  if (completion.result == 0) peerEnded(slot);
  else if (completion.result < 0 && !endsForNow(completion.result)) fail(slot, -completion.result);
  if (connection.receiving) return;
  if (connection.dying) releaseIfIdle(slot);
  else want(slot);
}

void UringTransport::useBuffer(int slot, const Completion& completion) {
  const auto buffer = static_cast<uint16_t>(completion.flags >> IORING_CQE_BUFFER_SHIFT);
  const size_t offset = buffer * ring_.bufferSize() + consumed_[buffer];
  const bool goesOn = ring_.incremental() && (completion.flags & uring::completionBufferMore) != 0;
  if (completion.result > 0) {
    if (goesOn) consumed_[buffer] += static_cast<uint32_t>(completion.result);
    received(slot, offset, static_cast<size_t>(completion.result));
  }
  if (!goesOn && (completion.result > 0 || !ring_.incremental())) usedUp_.push_back(buffer);
}

void UringTransport::receiveOff(int slot) {
  Connection& connection = at(slot);
  if (!connection.receiving || connection.cancelling) return;
  connection.cancelling = true;
  io_uring_sqe* entry = submission(userData(opCancel, 0));
  entry->opcode = IORING_OP_ASYNC_CANCEL;
  entry->addr = userData(opReceive, static_cast<uint64_t>(slot));
  entry->flags = IOSQE_CQE_SKIP_SUCCESS;
}

// --- output

void UringTransport::send(int slot, const uint8_t* bytes, size_t length) {
  // A second part in one submission could overtake the rest of the first.
  if (at(slot).mark == sendRound_) {
    finishSends();
    if (at(slot).output != nullptr || at(slot).failure != 0 || at(slot).dying) {
      sendDirectly(slot, bytes, length);
      return;
    }
  }
  io_uring_sqe* entry = submission(userData(opSend, sends_.size()));
  entry->opcode = IORING_OP_SEND;
  entry->fd = at(slot).fd;
  entry->addr = reinterpret_cast<uint64_t>(bytes);
  entry->len = static_cast<uint32_t>(length);
  // Never waits: what does not fit comes back at once as a completion, and success brings none.
  entry->msg_flags = MSG_DONTWAIT | MSG_WAITALL | MSG_NOSIGNAL;
  entry->flags = IOSQE_CQE_SKIP_SUCCESS;
  at(slot).mark = sendRound_;
  sends_.push_back({slot, bytes, length});
}

void UringTransport::finishSends() {
  if (sends_.empty()) return;
  submitAll();
  reap(false);
  sends_.clear();
  sendRound_++;
}

void UringTransport::watchWritable(int slot) {
  Connection& connection = at(slot);
  if (connection.output == nullptr || connection.polling) return;
  connection.polling = true;
  io_uring_sqe* entry = submission(userData(opWritable, static_cast<uint64_t>(slot)));
  entry->opcode = IORING_OP_POLL_ADD;
  entry->fd = connection.fd;
  entry->poll32_events = POLLOUT;
}

void UringTransport::writable(int slot) {
  at(slot).polling = false;
  if (at(slot).dying) releaseIfIdle(slot);
  else drain(slot);
}

// --- ends

void UringTransport::letGo(int slot) {
  Connection& connection = at(slot);
  if (!connection.receiving && !connection.polling) {
    released(slot);
    return;
  }
  // Ends what is on its way with the kernel; the slot is free when its completions have come.
  if (::shutdown(connection.fd, SHUT_RDWR) == 0) return;
  io_uring_sqe* entry = submission(userData(opCancel, 0));
  entry->opcode = IORING_OP_ASYNC_CANCEL;
  entry->fd = connection.fd;
  entry->cancel_flags = IORING_ASYNC_CANCEL_FD | IORING_ASYNC_CANCEL_ALL;
  entry->flags = IOSQE_CQE_SKIP_SUCCESS;
}

void UringTransport::releaseIfIdle(int slot) {
  const Connection& connection = at(slot);
  if (connection.dying && !connection.receiving && !connection.polling) released(slot);
}

}  // namespace akasa
