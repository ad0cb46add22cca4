# Sourced after env.sh: Docker, podman and buildah as Debian's unstable has them, in a root of their own. Needs mmdebstrap.
sid_packages=docker.io,docker-cli,docker-buildx,containerd,runc,iptables,ca-certificates,git,buildah,podman,netavark,xz-utils

# make_sid DIR: installs them there, from where this machine has its Debian; a DIR that is there is taken as it is.
make_sid() {
  local dir=$1 sources=/etc/apt/sources.list.d/debian.sources
  [ ! -e "$dir" ] || return 0
  [ -x /usr/bin/mmdebstrap ] || die 'mmdebstrap is missing: apt-get install mmdebstrap'
  [ -f "$sources" ] || die "no $sources to tell where Debian's archive is"
  say 'installing the engines of Debian unstable'
  # The first paragraph is the archive, the next is of security updates, which unstable has none of.
  awk -v RS= 'NR == 1' "$sources" | sed 's/^Suites:.*/Suites: sid/' >"$dir.sources"
  quietly mmdebstrap mmdebstrap --variant=apt --include="$sid_packages" \
    --aptopt='Acquire::Check-Valid-Until "false"' sid "$dir.draft" "$dir.sources"
  rm "$dir.sources"
  mv "$dir.draft" "$dir"
}

# sid_commands DIR BIN NAME...: makes BIN/NAME, which runs the NAME of DIR. Each call has mounts of its own, so that
# nothing is left of them; /tmp, /run and the devices are those of this machine.
sid_commands() {
  local dir=$1 bin=$2 name
  shift 2
  mkdir -p "$bin"
  for name in "$@"; do
    cat >"$bin/$name" <<END
#!/bin/sh
PATH=/usr/sbin:/usr/bin:/sbin:/bin exec unshare --mount --propagation slave sh -c '
  mount --rbind "\$0" "\$0" && cd "\$0" || exit 125
  for each in proc sys dev run tmp; do mount --rbind "/\$each" "\$each" || exit 125; done
  exec chroot . sh -c "cd \"\\\$0\" 2>/dev/null || cd /; exec \"\\\$@\"" "\$@"' '$dir' "\$PWD" '$name' "\$@"
END
    chmod 755 "$bin/$name"
  done
}
