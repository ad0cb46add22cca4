// How a system call wrapper meets JavaScript: raw Node-API, nothing else.
#pragma once

#include <errno.h>
#include <node_api.h>
#include <unistd.h>

#include <cstdint>
#include <new>
#include <string>
#include <utility>
#include <vector>

namespace wharf {

// An Error with `code`, `errno` and `syscall`. `subject` (paths) and `detail` go into the message.
napi_value systemError(napi_env env, int err, const char* syscall, const std::string& subject = {},
                       const std::string& detail = {});

// One call from JavaScript. After a read has failed an exception is pending, `ok()` is false and
// every further read gives an empty value, so that a function reads all its arguments and then asks once.
class Call {
 public:
  Call(napi_env from, napi_callback_info info);

  const napi_env env;
  bool ok() const { return !failed_; }
  napi_value operator[](size_t index) const { return argv_[index]; }

  // Reading. Numbers are refused when they are not integers of the given range.
  int64_t integer(napi_value value, int64_t min, int64_t max);
  int i32(napi_value value) { return static_cast<int>(integer(value, INT32_MIN, INT32_MAX)); }
  uint32_t u32(napi_value value) { return static_cast<uint32_t>(integer(value, 0, UINT32_MAX)); }
  uint64_t bits(napi_value value) { return static_cast<uint64_t>(integer(value, 0, INT64_C(1) << 53)); }
  // A uid or gid; -1 leaves it as it is.
  uint32_t id(napi_value value) { return static_cast<uint32_t>(integer(value, -1, UINT32_MAX)); }
  int64_t bigint(napi_value value);
  uint64_t ubigint(napi_value value);
  bool boolean(napi_value value);
  // Bytes of a string or Uint8Array without a NUL.
  std::string text(napi_value value);
  // The same, and named in the message of a failure.
  std::string path(napi_value value);
  // Bytes of a Uint8Array, whatever they are.
  std::string data(napi_value value);
  // Where the bytes of a Uint8Array are while the call lasts.
  char* memory(napi_value value, size_t* size);
  std::vector<napi_value> list(napi_value value);
  std::vector<std::string> texts(napi_value value);
  bool absent(napi_value value);  // undefined, null or not passed
  napi_value property(napi_value object, const char* name);

  // Answering.
  napi_value fail(int err, const char* syscall, const std::string& detail = {});
  napi_value done(int result, const char* syscall);        // undefined, or throws errno
  napi_value descriptor(int result, const char* syscall);  // the number, or throws errno
  napi_value undefined();
  napi_value null();
  napi_value number(double value);
  napi_value boolean(bool value);
  napi_value bytes(const void* data, size_t size);
  napi_value bytes(const std::string& data) { return bytes(data.data(), data.size()); }
  napi_value bytesList(const std::vector<std::string>& items);
  napi_value object();
  void set(napi_value object, const char* name, napi_value value);

 private:
  void refuse(const char* expected);

  napi_value argv_[8] = {};
  std::string subject_;
  bool failed_ = false;
};

// Closes a descriptor at the end of the scope.
class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() {
    if (fd_ < 0) return;
    const int saved = errno;
    ::close(fd_);
    errno = saved;
  }
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

using Body = napi_value (*)(Call&);

// The boundary: no C++ exception passes it.
template <Body body>
napi_value enter(napi_env env, napi_callback_info info) noexcept {
  Call call(env, info);
  try {
    return body(call);
  } catch (const std::bad_alloc&) {
    return call.fail(ENOMEM, "malloc");
  } catch (...) {
    return call.fail(EIO, "unknown");
  }
}

class Exports {
 public:
  Exports(napi_env env, napi_value target) : env_(env), target_(target) {}
  template <Body body>
  void add(const char* name) {
    napi_value function;
    if (napi_create_function(env_, name, NAPI_AUTO_LENGTH, enter<body>, nullptr, &function) != napi_ok ||
        napi_set_named_property(env_, target_, name, function) != napi_ok) {
      napi_throw_error(env_, nullptr, "cannot export a function of the native addon");
    }
  }

 private:
  napi_env env_;
  napi_value target_;
};

void exportMounts(Exports& exports);
void exportOverlay(Exports& exports);
void exportFiles(Exports& exports);
void exportAttributes(Exports& exports);
void exportWalk(Exports& exports);
void exportTrees(Exports& exports);
void exportContents(Exports& exports);
void exportPlacing(Exports& exports);
void exportQuota(Exports& exports);
void exportProcess(Exports& exports);
void exportMemory(Exports& exports);
void exportSpawn(Exports& exports);
void exportSockets(Exports& exports);
void exportTty(Exports& exports);
void exportNetlink(Exports& exports);
void exportExchange(Exports& exports);
void exportListen(Exports& exports);
void exportNamespaces(Exports& exports);
void exportNftables(Exports& exports);
void exportSeccomp(Exports& exports);

// Waits for `events` on `fd`: 0 when there are some, -1 with errno (ETIMEDOUT after `timeoutMs`). EINTR is hidden.
int waitFor(int fd, short events, int timeoutMs);

}  // namespace wharf
