// One transport on one event loop: wakes up with the loop, calls JavaScript, ends with the thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <node_api.h>
#include <uv.h>

#include "transport.h"

namespace akasa {

class Instance {
 public:
  Instance(napi_env env, napi_value self, napi_value options);
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  // 0, or -errno with the thing that failed in `step`; a failed one is closed.
  int open(const std::string& backend, std::string* step);
  // Null when closed.
  Transport* transport() { return transport_.get(); }
  // After every call from JavaScript: sees to it that what there is to report will be.
  void called();
  void close();
  void keepChunk(size_t index, napi_value chunk);
  // JavaScript has let go of the object.
  void finalize();

 private:
  static void onPoll(uv_poll_t* handle, int status, int events);
  static void onWake(uv_async_t* handle);
  static void onIdle(uv_idle_t* handle);
  static void onCheck(uv_check_t* handle);
  static void onHandleClosed(uv_handle_t* handle);
  static void onThreadEnd(napi_async_cleanup_hook_handle hook, void* instance);

  int openLoopHandles();
  void closeHandle(uv_handle_t* handle);
  void watch();
  void hold(napi_value value);
  void run();
  void deliver(size_t count);
  void closeNow();
  void freeIfDone();

  napi_env env_;
  Options options_;
  std::unique_ptr<Transport> transport_;
  napi_ref self_ = nullptr;
  napi_ref onBatch_ = nullptr;
  // Memory that is used here must not be collected.
  std::vector<napi_ref> held_;
  std::vector<napi_ref> chunks_;
  napi_async_context context_ = nullptr;
  napi_async_cleanup_hook_handle threadEnd_ = nullptr;
  // libuv tells the size of its handles at run time: nothing here depends on the version it was built with.
  uv_poll_t* poll_ = nullptr;
  uv_async_t* wake_ = nullptr;
  // Run instead of poll_ under load: the loop does not wait, the transport does.
  uv_idle_t* idle_ = nullptr;
  uv_check_t* check_ = nullptr;
  int openHandles_ = 0;
  bool running_ = false;
  bool closing_ = false;
  bool closeAsked_ = false;
  bool finalized_ = false;
  bool active_ = false;
  bool busy_ = false;
};

}  // namespace akasa
