// nftables by its own library, which is loaded at first use: libnftables(3).
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <mutex>

#include "work.h"

namespace wharf {
namespace {

// The part of nftables/libnftables.h that is used.
using NftCtx = void;
constexpr unsigned outputJson = 1U << 4;
constexpr int tag = 0x77686e66;

struct Library {
  NftCtx* (*create)(uint32_t flags);
  void (*release)(NftCtx*);
  void (*outputFlags)(NftCtx*, unsigned flags);
  int (*bufferOutput)(NftCtx*);
  int (*bufferError)(NftCtx*);
  const char* (*output)(NftCtx*);
  const char* (*error)(NftCtx*);
  int (*run)(NftCtx*, const char* commands);
};

template <typename Function>
bool find(void* handle, const char* name, Function* out) {
  *out = reinterpret_cast<Function>(dlsym(handle, name));
  return *out != nullptr;
}

// The library has state of its process: one call at a time.
std::mutex& oneAtATime() {
  static std::mutex mutex;
  return mutex;
}

// Null while the library is missing. Under the mutex.
const Library* library() {
  static Library found;
  static bool loaded = false;
  if (loaded) return &found;
  void* handle = dlopen("libnftables.so.1", RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return nullptr;
  loaded = find(handle, "nft_ctx_new", &found.create) && find(handle, "nft_ctx_free", &found.release) &&
           find(handle, "nft_ctx_output_set_flags", &found.outputFlags) &&
           find(handle, "nft_ctx_buffer_output", &found.bufferOutput) &&
           find(handle, "nft_ctx_buffer_error", &found.bufferError) &&
           find(handle, "nft_ctx_get_output_buffer", &found.output) &&
           find(handle, "nft_ctx_get_error_buffer", &found.error) &&
           find(handle, "nft_run_cmd_from_buffer", &found.run);
  if (!loaded) dlclose(handle);
  return loaded ? &found : nullptr;
}

struct Context {
  NftCtx* handle = nullptr;
  const Library* lib = nullptr;
  ~Context() {
    const std::lock_guard<std::mutex> lock(oneAtATime());
    if (handle != nullptr) lib->release(handle);
  }
};

struct Handle {
  const int kind = tag;
  std::shared_ptr<Context> context;
};

void dropHandle(napi_env, void* data, void*) { delete static_cast<Handle*>(data); }

// The port ids of all sockets of this process that speak NETLINK_NETFILTER: what they send is ours.
std::vector<double> netfilterPorts() {
  std::vector<double> out;
  DIR* dir = opendir("/proc/self/fd");
  if (dir == nullptr) return out;
  while (const struct dirent* entry = readdir(dir)) {
    const int fd = atoi(entry->d_name);
    int protocol = 0;
    socklen_t size = sizeof protocol;
    struct sockaddr_nl address = {};
    socklen_t addressSize = sizeof address;
    if (getsockname(fd, reinterpret_cast<struct sockaddr*>(&address), &addressSize) < 0) continue;
    if (address.nl_family != AF_NETLINK || address.nl_pid == 0) continue;
    if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) < 0) continue;
    if (protocol != NETLINK_NETFILTER) continue;
    fcntl(fd, F_SETFD, FD_CLOEXEC);  // the library does not
    out.push_back(address.nl_pid);
  }
  closedir(dir);
  return out;
}

struct OpenWork : Work {
  Fd space;
  std::shared_ptr<Context> context = std::make_shared<Context>();
  std::vector<double> ports;

  void open() {
    if (space.valid() && setns(space.get(), CLONE_NEWNET) < 0) return fail(errno, "setns");
    context->handle = context->lib->create(0);
    if (context->handle == nullptr) return fail(ENOMEM, "nft_ctx_new");
    context->lib->bufferOutput(context->handle);
    context->lib->bufferError(context->handle);
    // The first words give its socket its port.
    context->lib->run(context->handle, "list tables inet");
    context->lib->output(context->handle);
    if (context->lib->error(context->handle)[0] != '\0') return fail(EPERM, "nftables");
    ports = netfilterPorts();
  }

  void run() override {
    const std::lock_guard<std::mutex> lock(oneAtATime());
    context->lib = library();
    if (context->lib == nullptr) return fail(ENOENT, "nftables", "libnftables.so.1, install libnftables1");
    // The socket of the library belongs to the namespace of the thread that opens it.
    if (space.valid()) onOwnThread([this] { open(); });
    else open();
  }

  napi_value result(napi_env env) override {
    const napi_value out = makeObject(env);
    auto handle = std::make_unique<Handle>();
    handle->context = context;
    napi_value external = nullptr;
    if (napi_create_external(env, handle.get(), dropHandle, nullptr, &external) == napi_ok) handle.release();
    napi_set_named_property(env, out, "context", external);
    napi_set_named_property(env, out, "portIds", makeNumbers(env, ports));
    return out;
  }
};

napi_value nftOpen(Call& call) {
  auto work = std::make_unique<OpenWork>();
  if (!openNamespace(call, call[0], &work->space)) return nullptr;
  return startWork(call, std::move(work));
}

struct RunWork : Work {
  std::shared_ptr<Context> context;
  std::string script;
  bool json = false;
  bool applied = false;
  std::string output;
  std::string error;

  void run() override {
    const std::lock_guard<std::mutex> lock(oneAtATime());
    const Library& lib = *context->lib;
    lib.outputFlags(context->handle, json ? outputJson : 0);
    applied = lib.run(context->handle, script.c_str()) == 0;
    output = lib.output(context->handle);
    error = lib.error(context->handle);
  }

  napi_value result(napi_env env) override {
    const napi_value out = makeObject(env);
    napi_value flag = nullptr;
    napi_get_boolean(env, applied, &flag);
    napi_set_named_property(env, out, "applied", flag);
    napi_set_named_property(env, out, "output", makeText(env, output));
    napi_set_named_property(env, out, "error", makeText(env, error));
    return out;
  }
};

napi_value nftRun(Call& call) {
  auto work = std::make_unique<RunWork>();
  void* data = nullptr;
  if (napi_get_value_external(call.env, call[0], &data) != napi_ok || static_cast<Handle*>(data)->kind != tag) {
    return call.fail(EINVAL, "argument", "expected a context of nftOpen");
  }
  work->context = static_cast<Handle*>(data)->context;
  work->script = call.text(call[1]);
  work->json = call.boolean(call[2]);
  return startWork(call, std::move(work));
}

}  // namespace

void exportNftables(Exports& exports) {
  exports.add<nftOpen>("nftOpen");
  exports.add<nftRun>("nftRun");
}

}  // namespace wharf
