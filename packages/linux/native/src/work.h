// Work that blocks, done off the calling thread and answered by a promise.
#pragma once

#include <functional>
#include <memory>

#include "call.h"

namespace wharf {

class Work {
 public:
  virtual ~Work() = default;
  // On a thread of the runtime's pool. It must leave that thread as it was: see `onOwnThread`.
  virtual void run() = 0;
  // On the calling thread, after `run` has not failed.
  virtual napi_value result(napi_env env) = 0;

  void fail(int err, const char* syscall, std::string detail = {});
  bool failed() const { return err_ != 0; }

 private:
  friend napi_value startWork(Call& call, std::unique_ptr<Work> work);
  static void execute(napi_env env, void* data) noexcept;
  static void complete(napi_env env, napi_status status, void* data) noexcept;

  int err_ = 0;
  const char* syscall_ = "";
  std::string detail_;
  napi_async_work handle_ = nullptr;
  napi_deferred deferred_ = nullptr;
};

// The promise of its result; null with an exception when it cannot begin.
napi_value startWork(Call& call, std::unique_ptr<Work> work);

// Runs it on a thread that ends with it: what unshare(2) and setns(2) did is gone afterwards. Waits for it.
void onOwnThread(const std::function<void()>& body);

// Values outside of a call.
napi_value makeUndefined(napi_env env);
napi_value makeNumber(napi_env env, double value);
napi_value makeText(napi_env env, const std::string& text);
napi_value makeBytes(napi_env env, const std::string& data);
napi_value makeObject(napi_env env);
napi_value makeNumbers(napi_env env, const std::vector<double>& items);

// A namespace that was named by path or descriptor, opened anew; invalid for null or undefined, which is our own.
// False, with an exception, when it cannot be opened.
bool openNamespace(Call& call, napi_value value, Fd* out);

}  // namespace wharf
