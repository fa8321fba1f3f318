// What both backends share: the table of connections, what is told to JavaScript, queues, orderly ends.
//
// JavaScript and this side talk through arrays that both see (src/transport/native-memory.ts has the layout), so that a
// wake-up costs one call in each direction, whatever it brings. Nothing here knows MQTT. No global state: each thread
// that loads the addon has transports of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "connection.h"
#include "socket.h"

namespace akasa {

enum class EventKind : int32_t {
  accepted = 1,  // offset: the listener
  received = 2,  // bytes [offset, offset + length) of the receive area
  held = 3,      // bytes that waited while paused are to be fetched with takeHeld
  ended = 4,
  drained = 5,
  closed = 6,  // offset: errno, 0 where nothing went wrong
};

struct SharedMemory {
  uint8_t* area = nullptr;
  size_t areaSize = 0;
  int32_t* events = nullptr;
  size_t eventsMax = 0;
  int32_t* sends = nullptr;
  // Bytes that wait, by slot.
  int32_t* pending = nullptr;
  size_t slots = 0;
};

struct Options {
  SharedMemory memory;
  // Bytes that wait without a report when they have gone.
  size_t drainReportedAbove = 64 * 1024;
  // Microseconds from one wake-up to the next under load, about; 0: never waits.
  int gatherMicroseconds = 0;
  // io_uring only.
  uint32_t ringEntries = 4096;
  uint32_t receiveBuffers = 64;
  bool incrementalBuffers = true;
};

class Transport {
 public:
  // Hands `count` events to JavaScript.
  using Deliver = std::function<void(size_t count)>;

  Transport(const Options& options, Deliver deliver);
  virtual ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  // The descriptor that is readable when there is something to do.
  virtual int pollFd() const = 0;

  // One wake-up: collects what arrived and delivers it; `wantsRun` says whether more is waiting already.
  void run();
  // True under load: `pace` and `run` are to be called again and again, whatever pollFd() says. Between the two others
  // have their turn, so that what they were told before the bytes were sent that `run` brings comes first.
  bool busy() const { return busy_; }
  // Waits for more, under load.
  void pace();
  // True where something is to be delivered without anything arriving.
  bool wantsRun() const { return !delivering_ && (!closed_.empty() || !attention_.empty() || leftovers()); }
  // True while there is anything that could bring events.
  bool active() const { return used() > 0 || openListeners_ > 0; }

  int listen(const ListenAddress& address);
  std::string listenerAddress(int listener) const { return localAddress(listeners_[listener]); }
  void closeListener(int listener);

  // Records name stretches of these: 64 KB each, so that an offset's upper bits are the index.
  void setChunk(size_t index, const uint8_t* bytes);
  // Sends what JavaScript wrote to `sends`: {slot, first record, total} each; records are {start, end, next}.
  void flush(size_t count, const int32_t* records);
  void write(int slot, const uint8_t* bytes, size_t length);
  void pause(int slot);
  void resume(int slot);
  // An end that was delivered to a slot that has been paused meanwhile is to be told again at resume; false: it is not.
  bool putOffEnd(int slot);
  void end(int slot);
  void destroy(int slot);
  std::string peer(int slot) const { return textOf(connections_[slot].peer); }
  std::unique_ptr<ByteQueue> takeHeld(int slot) { return std::move(connections_[slot].held); }
  bool valid(int slot) const {
    return slot >= 0 && static_cast<size_t>(slot) < connections_.size() && connections_[slot].used;
  }
  // Everything at once, without a report.
  virtual void shutDown();

 protected:
  // Backend: fills events, as long as there is room.
  virtual void collect() = 0;
  // Backend: after a delivery, when received bytes have been used.
  virtual void afterDelivery() = 0;
  // Backend: true if collect would find something without asking the kernel.
  virtual bool leftovers() const { return false; }
  // Backend: waits until `enough` events are there, if it can, and else for about that long.
  virtual void gather(int enough, int microseconds) = 0;
  // Backend: from now on pollFd() tells, also of what came before.
  virtual void rest() {}
  virtual void watchListener(int listener) = 0;
  virtual void unwatchListener(int listener) = 0;
  virtual void adopted(int slot) = 0;
  virtual void send(int slot, const uint8_t* bytes, size_t length) = 0;
  // Backend: when this returns all bytes given to send were sent or copied.
  virtual void finishSends() = 0;
  // Backend: true if bytes given to send must stay as they are until finishSends.
  virtual bool sendsLater() const = 0;
  virtual void receiveOff(int slot) = 0;
  virtual void receiveOn(int slot) = 0;
  // Backend: drain(slot) is to be called when the socket takes bytes, if any wait.
  virtual void watchWritable(int slot) = 0;
  // Backend: lets go of the descriptor, now or when the kernel has; calls released().
  virtual void letGo(int slot) = 0;

  bool roomForEvents(size_t count) const { return eventCount_ + count <= options_.memory.eventsMax; }
  void push(EventKind kind, int slot, int32_t offset = 0, int32_t length = 0);
  // -1: no slot is left; the socket is closed.
  int adopt(int fd, int listener);
  void received(int slot, size_t offset, size_t length);
  void peerEnded(int slot);
  // The stream is broken.
  void fail(int slot, int error);
  // What became of a send: sent bytes or -errno.
  void afterSend(int slot, const uint8_t* bytes, size_t length, long result);
  void sendDirectly(int slot, const uint8_t* bytes, size_t length);
  // The socket takes bytes again.
  void drain(int slot);
  // The descriptor is closed and nothing refers to the slot any more.
  void released(int slot);
  void enqueue(int slot, const uint8_t* bytes, size_t length);
  Connection& at(int slot) { return connections_[slot]; }

  Options options_;
  std::vector<Connection> connections_;
  // Descriptors, -1 where closed.
  std::vector<int> listeners_;
  int spare_ = -1;
  bool delivering_ = false;

 private:
  void deliverEvents();
  void reportAttention();
  void attend(int slot);
  void reportClosed();
  void flushOne(int slot, int32_t first, size_t total, const int32_t* records);
  void die(int slot, int error);
  void shutIfDone(int slot);
  void writeFailed(int slot, int error);
  void noteArrival(Connection& connection);
  void noteRate();
  void noteWait(int came, double passed, uint64_t now);
  const uint8_t* stretch(int32_t start) const;
  size_t used() const { return connections_.size() - freeSlots_.size(); }

  Deliver deliver_;
  size_t eventCount_ = 0;
  std::vector<int> freeSlots_;
  // Slots whose `closed` is to be delivered, and those whose was.
  std::vector<int> closed_;
  std::vector<int> reported_;
  // Slots with something to report that nothing from the kernel announces.
  std::vector<int> attention_;
  std::vector<const uint8_t*> chunks_;
  // Where the output of one connection is gathered.
  std::unique_ptr<uint8_t[]> scratch_;
  size_t scratchUsed_ = 0;
  size_t openListeners_ = 0;
  // Microseconds at which this wake-up began.
  uint64_t runAt_ = 0;
  // Events per microsecond, lately.
  double rate_ = 0;
  // Microseconds at which events were last collected.
  uint64_t collectedAt_ = 0;
  bool busy_ = false;
  // Events that the last wait was for; 0: there was none.
  int awaited_ = 0;
  // No more than so many come before they are answered, as a wait in vain has shown; tried anew at `patientFrom_`, after
  // `impatience_` microseconds.
  int awaitedMax_ = 2;
  uint64_t patientFrom_ = 0;
  uint64_t impatience_ = 0;
};

}  // namespace akasa
