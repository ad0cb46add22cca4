#!/bin/sh
# Builds build/wharf-native.node out of src/, in seconds: one g++ per file, no headers of Node needed.
# Does nothing when the addon is newer than its sources. The addon is replaced in one step, so that
# a process that has it open keeps its own.
set -eu
cd "$(dirname "$0")"

modules=../../../node_modules
headers=$modules/node-api-headers/include
# The pinned Node has them too, where the packages for development are not installed.
[ -d "$headers" ] || headers=$modules/node-linux-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')/include/node
out=build/wharf-native.node
mkdir -p build
exec 9>build/lock
flock 9

if [ -f "$out" ] && [ -z "$(find src build.sh -newer "$out" -print -quit)" ]; then
  exit 0
fi
if [ ! -f "$headers/node_api.h" ]; then
  echo "native addon: $headers/node_api.h is missing, run npm ci" >&2
  exit 1
fi

objects=$(mktemp -d build/objects.XXXXXX)
trap 'rm -rf "$objects"' EXIT
export objects
export CXX="${CXX:-g++}"
export flags="-std=c++17 -O2 -fPIC -fvisibility=hidden -fvisibility-inlines-hidden -fno-rtti
  -ffunction-sections -fdata-sections -fstack-protector-strong
  -Wall -Wextra -Wshadow -DNAPI_VERSION=8 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -isystem $headers"

printf '%s\n' src/*.cc | xargs -P "$(nproc)" -I{} sh -c '$CXX $flags -c "{}" -o "$objects/$(basename "{}").o"'
# The C++ runtime is linked in: a shim that loads the addon maps no second library.
"$CXX" -shared -static-libstdc++ -static-libgcc -Wl,-z,now,-z,relro -Wl,--gc-sections -Wl,--version-script=src/exports.map -s \
  -o "$objects/addon" "$objects"/*.o
mv "$objects/addon" "$out"
