# Sourced after env.sh: a dockerd beside any dockerd of the machine, and the image that is run on it. Needs docker.io.
docker=/usr/bin/docker
dockerd=/usr/sbin/dockerd

require_docker() {
  [ "$(id -u)" = 0 ] || die 'dockerd needs root'
  [ -x "$docker" ] && [ -x "$dockerd" ] || die 'docker is missing: apt-get install docker.io'
}

# exec_dockerd WORK [FLAG...]: becomes a dockerd with roots, containerd and socket (docker.sock) in WORK; its
# containers are in the cgroup named like WORK. It makes no bridge and no packet filter rule, so it touches nothing of
# the machine: containers are run with --network none and host. It makes /run/docker/plugins, whatever its flags.
exec_dockerd() {
  local work=$1
  shift
  echo '{}' >"$work/none.json"
  exec "$dockerd" --data-root "$work/data" --exec-root "$work/exec" --pidfile "$work/docker.pid" \
    --host "unix://$work/docker.sock" --bridge none --iptables=false --ip-forward=false --ip-masq=false \
    --cgroup-parent "/${work##*/}" --config-file "$work/none.json" "$@"
}

# exec_dockerd_in SPACE WORK [FLAG...]: as exec_dockerd, on a host of its own that lib/space.sh has made: with bridge and
# packet filter rules; it asks the neighbour for names. Needs lib/space.sh.
exec_dockerd_in() {
  local space=$1 work=$2
  shift 2
  echo '{}' >"$work/none.json"
  in_space "$space" "$dockerd" --data-root "$work/data" --exec-root "$work/exec" --pidfile "$work/docker.pid" \
    --host "unix://$work/docker.sock" --dns 192.0.2.1 --cgroup-parent "/${work##*/}" --config-file "$work/none.json" "$@"
}

# busybox_tree DIR: the files of the image that `wharf image bootstrap busybox` makes: every applet of the host's static
# busybox, the usual accounts.
busybox_tree() {
  local fs=$1 applet
  [ -x /bin/busybox ] || die 'busybox is missing: run tools/build'
  mkdir -p "$fs"/{bin,dev,etc,home,proc,root,sys,tmp,usr/bin,usr/sbin,sbin,var/www}
  chmod 700 "$fs/root"
  chmod 1777 "$fs/tmp"
  cp /bin/busybox "$fs/bin/busybox"
  for applet in $(/bin/busybox --list); do
    [ "$applet" = busybox ] || ln -s busybox "$fs/bin/$applet"
  done
  printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' 'nobody:x:65534:65534:nobody:/home:/bin/false' >"$fs/etc/passwd"
  printf '%s\n' 'root:x:0:' 'nogroup:x:65534:' >"$fs/etc/group"
}

# import_busybox WORK COMMAND...: gives COMMAND (docker, podman, with global flags) the image busybox:latest.
import_busybox() {
  local tree=$1/busybox
  shift
  busybox_tree "$tree"
  tar -C "$tree" --numeric-owner --owner=0 --group=0 -c . |
    "$@" import --change 'CMD ["sh"]' --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
      - busybox:latest >/dev/null
  rm -rf "$tree"
}
