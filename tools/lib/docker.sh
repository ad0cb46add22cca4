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
# packet filter rules; it asks the neighbour for names. Needs lib/space.sh. $docker_settings is daemon.json.
exec_dockerd_in() {
  local space=$1 work=$2
  shift 2
  echo "${docker_settings:-"{}"}" >"$work/none.json"
  in_space "$space" "$dockerd" --data-root "$work/data" --exec-root "$work/exec" --pidfile "$work/docker.pid" \
    --host "unix://$work/docker.sock" --dns 192.0.2.1 --cgroup-parent "/${work##*/}" --config-file "$work/none.json" "$@"
}

# busybox_tree DIR: the files of the image that `wharf image bootstrap busybox` makes.
busybox_tree() {
  local fs=$1 applet
  [ -x /bin/busybox ] || die 'busybox is missing: run tools/build'
  mkdir -p "$fs"/{bin,dev,etc,home,proc,root,run,sbin,sys,tmp,usr/bin,usr/sbin,var/spool/mail,var/www}
  chmod 700 "$fs/root"
  chmod 1777 "$fs/tmp"
  cp /bin/busybox "$fs/bin/busybox"
  for applet in $(/bin/busybox --list-full | grep -E '^(usr/)?s?bin/[^/]+$'); do
    [ "$applet" = bin/busybox ] || ln "$fs/bin/busybox" "$fs/$applet"
  done
  busybox_accounts "$fs/etc"
  printf 'busybox\n' >"$fs/etc/hostname"
  printf '127.0.0.1\tlocalhost\n' >"$fs/etc/hosts"
  : >"$fs/etc/resolv.conf"
  printf '%s\n' 'passwd: files' 'group: files' 'hosts: files dns' >"$fs/etc/nsswitch.conf"
  printf '%s\n' 'export PATH=${PATH:-/usr/sbin:/usr/bin:/sbin:/bin}' >"$fs/etc/profile"
}

# busybox_accounts DIR: passwd, group and shadow.
busybox_accounts() {
  local name uid home shell
  while read -r name uid home shell; do
    echo "$name:x:$uid:$uid:$name:$home:$shell" >>"$1/passwd"
    echo "$name:*:::::::" >>"$1/shadow"
  done <<'END'
root 0 /root /bin/sh
daemon 1 /usr/sbin /bin/false
bin 2 /bin /bin/false
sys 3 /dev /bin/false
mail 8 /var/spool/mail /bin/false
www-data 33 /var/www /bin/false
operator 37 /var /bin/false
nobody 65534 /home /bin/false
END
  chmod 600 "$1/shadow"
  printf '%s\n' root:x:0: daemon:x:1: bin:x:2: sys:x:3: adm:x:4: tty:x:5: disk:x:6: mail:x:8: wheel:x:10: \
    www-data:x:33: users:x:100: nogroup:x:65534: >"$1/group"
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
