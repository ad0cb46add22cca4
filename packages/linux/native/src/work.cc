#include "work.h"

#include <fcntl.h>

#include <system_error>
#include <thread>

namespace wharf {

void Work::fail(int err, const char* syscall, std::string detail) {
  if (err_ != 0) return;
  err_ = err;
  syscall_ = syscall;
  detail_ = std::move(detail);
}

void Work::execute(napi_env, void* data) noexcept {
  Work& work = *static_cast<Work*>(data);
  try {
    work.run();
  } catch (const std::system_error& error) {
    work.fail(error.code().value(), "thread");
  } catch (...) {
    work.fail(ENOMEM, "malloc");
  }
}

void Work::complete(napi_env env, napi_status status, void* data) noexcept {
  const std::unique_ptr<Work> work(static_cast<Work*>(data));
  if (status == napi_cancelled) work->fail(ECANCELED, "work");
  if (work->failed()) {
    napi_reject_deferred(env, work->deferred_, systemError(env, work->err_, work->syscall_, {}, work->detail_));
  } else {
    napi_resolve_deferred(env, work->deferred_, work->result(env));
  }
  napi_delete_async_work(env, work->handle_);
}

napi_value startWork(Call& call, std::unique_ptr<Work> work) {
  if (!call.ok()) return nullptr;
  napi_value promise = nullptr;
  const napi_value name = makeText(call.env, "wharf");
  if (napi_create_async_work(call.env, nullptr, name, Work::execute, Work::complete, work.get(), &work->handle_) !=
      napi_ok) {
    return call.fail(ENOMEM, "work");
  }
  napi_create_promise(call.env, &work->deferred_, &promise);
  if (napi_queue_async_work(call.env, work->handle_) != napi_ok) {
    napi_delete_async_work(call.env, work->handle_);
    return call.fail(EAGAIN, "work");
  }
  work.release();
  return promise;
}

void onOwnThread(const std::function<void()>& body) { std::thread(body).join(); }

napi_value makeUndefined(napi_env env) {
  napi_value out = nullptr;
  napi_get_undefined(env, &out);
  return out;
}

napi_value makeNumber(napi_env env, double value) {
  napi_value out = nullptr;
  napi_create_double(env, value, &out);
  return out;
}

napi_value makeText(napi_env env, const std::string& text) {
  napi_value out = nullptr;
  napi_create_string_utf8(env, text.data(), text.size(), &out);
  return out;
}

napi_value makeBytes(napi_env env, const std::string& data) {
  void* start = nullptr;
  napi_value buffer = nullptr;
  napi_value out = nullptr;
  if (napi_create_arraybuffer(env, data.size(), &start, &buffer) != napi_ok) return makeUndefined(env);
  data.copy(static_cast<char*>(start), data.size());
  napi_create_typedarray(env, napi_uint8_array, data.size(), buffer, 0, &out);
  return out;
}

napi_value makeObject(napi_env env) {
  napi_value out = nullptr;
  napi_create_object(env, &out);
  return out;
}

napi_value makeNumbers(napi_env env, const std::vector<double>& items) {
  napi_value out = nullptr;
  napi_create_array_with_length(env, items.size(), &out);
  for (size_t i = 0; i < items.size(); i++) {
    napi_set_element(env, out, static_cast<uint32_t>(i), makeNumber(env, items[i]));
  }
  return out;
}

bool openNamespace(Call& call, napi_value value, Fd* out) {
  napi_valuetype type = napi_undefined;
  if (!call.ok()) return false;
  if (call.absent(value)) return true;
  napi_typeof(call.env, value, &type);
  if (type == napi_number) {
    const int fd = call.i32(value);
    if (call.ok()) *out = Fd(fcntl(fd, F_DUPFD_CLOEXEC, 3));
  } else {
    const std::string path = call.path(value);
    if (call.ok()) *out = Fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  }
  if (call.ok() && !out->valid()) call.fail(errno, "open");
  return call.ok();
}

}  // namespace wharf
