# Sourced: a host of its own for an engine, so that its bridges, rules and routes touch nothing of the machine. It is a
# network namespace NAME (192.0.2.2, 2001:db8::2), with a neighbour in another, NAMEo (192.0.2.1, 2001:db8::1), to whom
# its default routes lead. The neighbour also answers for 198.51.100.7 and 2001:db8:ffff::7, which are far away.

# make_space NAME: NAME has at most nine characters.
make_space() {
  local name=$1 outside=${1}o
  ip netns add "$name" && ip netns add "$outside" || return
  ip -n "$name" link set lo up
  ip -n "$outside" link set lo up
  ip -n "$outside" address add 198.51.100.7/32 dev lo
  ip -n "$outside" address add 2001:db8:ffff::7/128 dev lo nodad
  ip -n "$name" link add up0 type veth peer name up0 netns "$outside"
  space_end "$name" 2
  space_end "$outside" 1
  ip -n "$name" route add default via 192.0.2.1
  ip -n "$name" -6 route add default via 2001:db8::1
}

# space_end NAMESPACE N: its end of the wire.
space_end() {
  ip -n "$1" address add "192.0.2.$2/24" dev up0
  ip -n "$1" address add "2001:db8::$2/64" dev up0 nodad
  ip -n "$1" link set up0 up
}

remove_space() {
  ip netns delete "$1"
  ip netns delete "${1}o"
}

# in_space NAME COMMAND...: becomes COMMAND there, which keeps every other namespace.
in_space() {
  local name=$1
  shift
  exec nsenter "--net=/run/netns/$name" -- "$@"
}
