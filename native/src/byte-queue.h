// Bytes that a peer has not taken yet: one growing piece of memory, given back when it is empty.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace akasa {

class ByteQueue {
 public:
  ByteQueue() = default;
  ByteQueue(const ByteQueue&) = delete;
  ByteQueue& operator=(const ByteQueue&) = delete;
  ~ByteQueue() { std::free(bytes_); }

  const uint8_t* data() const { return bytes_ + head_; }
  size_t size() const { return tail_ - head_; }

  // False where there is no memory: the queue is as it was.
  bool append(const uint8_t* bytes, size_t length) {
    if (capacity_ - tail_ < length && !makeRoom(length)) return false;
    std::memcpy(bytes_ + tail_, bytes, length);
    tail_ += length;
    return true;
  }

  void drop(size_t length) { head_ += length; }

 private:
  bool makeRoom(size_t length) {
    const size_t held = size();
    // Moving is cheap only where more is free in front than has to be moved.
    if (head_ >= held && capacity_ - held >= length) {
      std::memmove(bytes_, bytes_ + head_, held);
    } else {
      size_t capacity = capacity_ < 2048 ? 2048 : capacity_ + capacity_ / 2;
      if (capacity < held + length) capacity = held + length;
      auto* grown = static_cast<uint8_t*>(std::malloc(capacity));
      if (grown == nullptr) return false;
      if (held > 0) std::memcpy(grown, data(), held);
      std::free(bytes_);
      bytes_ = grown;
      capacity_ = capacity;
    }
    head_ = 0;
    tail_ = held;
    return true;
  }

  uint8_t* bytes_ = nullptr;
  size_t head_ = 0;
  size_t tail_ = 0;
  size_t capacity_ = 0;
};

}  // namespace akasa
