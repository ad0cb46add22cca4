# Sourced after env.sh: the packages of Debian that a script needs.

# install_debian_packages PACKAGE...: what is missing is installed; when nothing is, apt is not touched and root is not
# needed. In a shell of its own: it says what it does not like, and fails.
install_debian_packages() (
  local missing=() package
  command -v dpkg-query >/dev/null ||
    die "this script sets up Debian; elsewhere install these packages and npm ci by hand: $*"
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  [ "$(id -u)" = 0 ] || die "Debian packages are missing and only root can install them: ${missing[*]}"
  say "installing Debian packages: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  quietly 'apt-get update' apt-get update -q
  # Registries and other engines are for tests to start themselves: their services stay off.
  local policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    trap "rm -f $policy" EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy"
  fi
  # Another docker that is here is not removed for Debian's.
  quietly 'apt-get install' apt-get install -q -y --no-install-recommends --no-remove "${missing[@]}"
)
