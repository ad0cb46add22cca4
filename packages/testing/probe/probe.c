/*
 * Clients and servers for tests and measures of networks: one static program, that runs in any container and in any
 * network namespace without libraries. Names are resolved by asking the server of /etc/resolv.conf, each time anew.
 *
 *   probe serve NAME (tcp|udp):[ADDRESS:]PORT...     answers "NAME PEER" to every connection and datagram
 *   probe ask MS ((tcp|udp) HOST PORT)...            all at once; a line for each: "NAME PEER", or what went wrong
 *   probe loop GAP_MS MS ((tcp|udp) HOST PORT)       again and again until standard input ends; then "DONE FAILED WORST_MS"
 *   probe dns MS SERVER (udp|tcp) TYPE NAME          "RCODE ANSWER..."
 *   probe load SECONDS SERVER NAME                   questions that were answered in a second, one under way at a time
 *   probe sink PORT | probe send SECONDS HOST PORT   megabits in a second through one connection
 *   probe trips COUNT HOST PORT                      microseconds: median and 99th percentile of connect, answer and close
 *   probe advertise INTERFACE PREFIX                 claims to be a router of the /64 to all who hear it (RFC 4861, 4.2)
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

typedef union {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
} address;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void die(const char *what) {
  perror(what);
  exit(2);
}

static socklen_t size_of(const address *a) {
  return a->any.sa_family == AF_INET ? sizeof a->v4 : sizeof a->v6;
}

static int parse(const char *text, int port, address *a) {
  memset(a, 0, sizeof *a);
  if (inet_pton(AF_INET, text, &a->v4.sin_addr) == 1) {
    a->v4.sin_family = AF_INET;
    a->v4.sin_port = htons(port);
    return 1;
  }
  if (inet_pton(AF_INET6, text, &a->v6.sin6_addr) != 1) return 0;
  a->v6.sin6_family = AF_INET6;
  a->v6.sin6_port = htons(port);
  return 1;
}

static const char *peer_text(const address *a) {
  static char text[INET6_ADDRSTRLEN];
  if (a->any.sa_family == AF_INET) inet_ntop(AF_INET, &a->v4.sin_addr, text, sizeof text);
  else inet_ntop(AF_INET6, &a->v6.sin6_addr, text, sizeof text);
  return strncmp(text, "::ffff:", 7) == 0 ? text + 7 : text;
}

static const char *failure(int error) {
  switch (error) {
    case ECONNREFUSED: return "refused";
    case ECONNRESET: return "reset";
    case EHOSTUNREACH: case ENETUNREACH: case EADDRNOTAVAIL: case EACCES: case EPERM: return "unreachable";
    default: return strerror(error);
  }
}

/* ---- names ---- */

static int question(uint8_t *out, uint16_t id, const char *name, int type) {
  uint8_t head[12] = {id >> 8, id, 1, 0, 0, 1};
  memcpy(out, head, 12);
  int at = 12;
  while (*name) {
    size_t length = strcspn(name, ".");
    out[at++] = length;
    memcpy(out + at, name, length);
    at += length;
    name += length + (name[length] == '.');
  }
  uint8_t tail[5] = {0, type >> 8, type, 0, 1};
  memcpy(out + at, tail, 5);
  return at + 5;
}

static int skip_name(const uint8_t *m, int at, int size) {
  while (at < size && m[at] && m[at] < 0xc0) at += m[at] + 1;
  return at + (at < size && m[at] >= 0xc0 ? 2 : 1);
}

static void name_text(const uint8_t *m, int at, int size, char *out, int room) {
  int used = 0;
  for (int hops = 0; at < size && m[at] && hops < 50; hops++) {
    if (m[at] >= 0xc0) {
      at = (m[at] & 0x3f) << 8 | m[at + 1];
      continue;
    }
    used += snprintf(out + used, room - used, "%s%.*s", used ? "." : "", m[at], m + at + 1);
    at += m[at] + 1;
  }
  out[used] = 0;
}

static int all(int s, void *into, int size, double end) {
  for (int have = 0; have < size;) {
    struct pollfd p = {s, POLLIN, 0};
    int left = end - now();
    if (left < 0 || poll(&p, 1, left) <= 0) return 0;
    int n = read(s, (char *)into + have, size - have);
    if (n <= 0) return 0;
    have += n;
  }
  return 1;
}

/* The size of the answer in `m`; 0 is a time-out, -1 a refusal. */
static int exchange(const char *server, int tcp, const char *name, int type, int ms, uint8_t *m, int room) {
  static uint16_t id = 0;
  if (id++ == 0) id = getpid() * 7919;
  address a;
  if (!parse(server, 53, &a)) return -1;
  uint8_t ask[600];
  int size = question(ask + 2, id, name, type);
  ask[0] = size >> 8, ask[1] = size;
  int s = socket(a.any.sa_family, (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0), got = 0;
  double end = now() + ms;
  if (connect(s, &a.any, size_of(&a)) < 0 || write(s, ask + (tcp ? 0 : 2), size + (tcp ? 2 : 0)) < 0) {
    close(s);
    return -1;
  }
  while (now() < end) {
    if (tcp) {
      uint8_t length[2];
      if (!all(s, length, 2, end)) break;
      got = length[0] << 8 | length[1];
      if (got > room || !all(s, m, got, end)) got = 0;
      break;
    }
    struct pollfd p = {s, POLLIN, 0};
    if (poll(&p, 1, (int)(end - now()) + 1) <= 0) break;
    got = read(s, m, room);
    if (got < 0) break;
    if (got >= 12 && (m[0] << 8 | m[1]) == id) break;
    got = 0;
  }
  close(s);
  return got;
}

/* Prints the answer, or (with `first`) gives the first address. */
static int answers(const uint8_t *m, int size, int print, char *first) {
  static const char *codes[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"};
  int code = m[3] & 15, count = m[6] << 8 | m[7], at = 12, found = 0;
  if (print) printf("%s%s", code < 6 ? codes[code] : "OTHER", m[2] & 2 ? " truncated" : "");
  for (int q = m[4] << 8 | m[5]; q > 0; q--) at = skip_name(m, at, size) + 4;
  for (; count > 0 && at < size; count--) {
    at = skip_name(m, at, size);
    if (at + 10 > size) break;
    int type = m[at] << 8 | m[at + 1], length = m[at + 8] << 8 | m[at + 9];
    char text[300] = "";
    at += 10;
    if (type == 1) inet_ntop(AF_INET, m + at, text, sizeof text);
    else if (type == 28) inet_ntop(AF_INET6, m + at, text, sizeof text);
    else if (type == 12 || type == 5) name_text(m, at, size, text, sizeof text);
    else if (type == 16) snprintf(text, sizeof text, "%.*s", m[at], m + at + 1);
    else snprintf(text, sizeof text, "type%d", type);
    if (print) printf(" %s", text);
    if (first && !found && (type == 1 || type == 28)) strcpy(first, text), found = 1;
    at += length;
  }
  if (print) puts("");
  return found;
}

static int resolve(const char *host, int port, int ms, address *a) {
  if (parse(host, port, a)) return 1;
  char line[300], server[100] = "", text[300];
  FILE *f = fopen("/etc/resolv.conf", "re");
  while (f && !server[0] && fgets(line, sizeof line, f)) sscanf(line, "nameserver %99s", server);
  if (f) fclose(f);
  uint8_t m[4096];
  int size = exchange(server, 0, host, 1, ms, m, sizeof m);
  return size > 12 && answers(m, size, 0, text) && parse(text, port, a);
}

/* ---- flows ---- */

typedef struct {
  int socket, tcp, done;
  const char *result;
  char text[200];
} flow;

static void finish(flow *f, const char *result) {
  f->result = result;
  f->done = 1;
  if (f->socket >= 0) close(f->socket);
}

static void start(flow *f, const char *protocol, const char *host, const char *port, int ms) {
  address a;
  memset(f, 0, sizeof *f);
  f->tcp = strcmp(protocol, "tcp") == 0;
  f->socket = -1;
  if (!resolve(host, atoi(port), ms, &a)) return finish(f, "no-name");
  f->socket = socket(a.any.sa_family, (f->tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (f->socket < 0) return finish(f, failure(errno));
  if (connect(f->socket, &a.any, size_of(&a)) < 0 && errno != EINPROGRESS) return finish(f, failure(errno));
  if (!f->tcp && write(f->socket, "?\n", 2) < 0) finish(f, failure(errno));
}

static void advance(flow *f) {
  int used = strlen(f->text);
  int n = read(f->socket, f->text + used, sizeof f->text - 1 - used);
  if (n < 0 && errno == EAGAIN) return;
  if (n < 0) return finish(f, failure(errno));
  f->text[used + n] = 0;
  char *end = strchr(f->text, '\n');
  if (end) *end = 0, finish(f, f->text);
  else if (n == 0) finish(f, "closed");
}

static void ask_all(flow *flows, int count, int ms) {
  double end = now() + ms;
  for (;;) {
    struct pollfd p[count];
    int open = 0;
    for (int i = 0; i < count; i++) {
      p[i] = (struct pollfd){flows[i].done ? -1 : flows[i].socket, POLLIN, 0};
      open += !flows[i].done;
    }
    int left = end - now();
    if (!open || left <= 0) break;
    poll(p, count, left);
    for (int i = 0; i < count; i++)
      if (!flows[i].done && p[i].revents) advance(&flows[i]);
  }
  for (int i = 0; i < count; i++)
    if (!flows[i].done) finish(&flows[i], "timeout");
}

static int ask(int argc, char **argv) {
  int count = (argc - 1) / 3, ms = atoi(argv[0]);
  flow *flows = calloc(count, sizeof *flows);
  for (int i = 0; i < count; i++) start(&flows[i], argv[1 + 3 * i], argv[2 + 3 * i], argv[3 + 3 * i], ms);
  ask_all(flows, count, ms);
  for (int i = 0; i < count; i++) puts(flows[i].result);
  return 0;
}

/* An answer has a space, a failure has none. */
static int loop(char **argv) {
  int gap = atoi(argv[0]), ms = atoi(argv[1]), done = 0, failed = 0;
  double worst = 0, begin = now();
  for (;;) {
    struct pollfd p = {0, POLLIN, 0};
    char byte;
    if (poll(&p, 1, gap) > 0 && read(0, &byte, 1) <= 0) break;
    flow f;
    double from = now();
    start(&f, argv[2], argv[3], argv[4], ms);
    if (!f.done) ask_all(&f, 1, ms);
    done++;
    if (now() - from > worst) worst = now() - from;
    if (strchr(f.result, ' ')) continue;
    failed++;
    fprintf(stderr, "%.0f ms: %s\n", from - begin, f.result);
  }
  printf("%d %d %.0f\n", done, failed, worst);
  return 0;
}

static int listener(char *spec, int *tcp) {
  char *port = strrchr(spec, ':'), *host = strchr(spec, ':');
  address a;
  int yes = 1, no = 0;
  *tcp = strncmp(spec, "tcp", 3) == 0;
  *port++ = 0;
  const char *text = host < port - 1 ? host + 1 : "::";
  if (!parse(text, atoi(port), &a)) die(text);
  int type = (*tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC;
  int s = socket(a.any.sa_family, type, 0);
  if (s < 0 && text[0] == ':' && parse("0.0.0.0", atoi(port), &a)) s = socket(AF_INET, type, 0);
  setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
  if (bind(s, &a.any, size_of(&a)) < 0 || (*tcp && listen(s, 512) < 0)) die(spec);
  return s;
}

_Noreturn static void serve(int argc, char **argv) {
  int count = argc - 1, tcp[count];
  struct pollfd p[count];
  for (int i = 0; i < count; i++) p[i] = (struct pollfd){listener(argv[1 + i], &tcp[i]), POLLIN, 0};
  puts("serves");
  fflush(stdout);
  for (;;) {
    poll(p, count, -1);
    for (int i = 0; i < count; i++) {
      if (!p[i].revents) continue;
      address peer;
      socklen_t size = sizeof peer;
      char in[2048], out[300];
      int s = p[i].fd;
      if (tcp[i]) s = accept(s, &peer.any, &size);
      else if (recvfrom(s, in, sizeof in, 0, &peer.any, &size) < 0) continue;
      if (s < 0) continue;
      int n = snprintf(out, sizeof out, "%s %s\n", argv[0], peer_text(&peer));
      if (!tcp[i]) sendto(s, out, n, 0, &peer.any, size);
      else {
        if (write(s, out, n) < 0) perror("write");
        shutdown(s, SHUT_WR);
        close(s);
      }
    }
  }
}

/* ---- names and measures ---- */

static int type_of(const char *text) {
  return !strcmp(text, "AAAA") ? 28 : !strcmp(text, "PTR") ? 12 : !strcmp(text, "TXT") ? 16 : 1;
}

static int dns(char **argv) {
  uint8_t m[65536];
  int size = exchange(argv[1], !strcmp(argv[2], "tcp"), argv[4], type_of(argv[3]), atoi(argv[0]), m, sizeof m);
  if (size < 12) puts(size < 0 ? "refused" : "timeout");
  else answers(m, size, 1, NULL);
  return 0;
}

static int load(char **argv) {
  uint8_t m[4096];
  double seconds = atof(argv[0]), begin = now();
  int done = 0;
  while (now() - begin < seconds * 1e3) done += exchange(argv[1], 0, argv[2], 1, 1000, m, sizeof m) > 12;
  printf("%.0f\n", done / (now() - begin) * 1e3);
  return 0;
}

_Noreturn static void sink(char **argv) {
  char spec[40];
  int tcp;
  snprintf(spec, sizeof spec, "tcp:%s", argv[0]);
  int s = listener(spec, &tcp);
  static char buffer[1 << 18];
  for (;;) {
    int c = accept(s, NULL, NULL);
    if (c < 0) continue;
    while (read(c, buffer, sizeof buffer) > 0) {}
    close(c);
  }
}

static int connected(const char *host, const char *port) {
  address a;
  if (!resolve(host, atoi(port), 1000, &a)) die(host);
  int s = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(s, &a.any, size_of(&a)) < 0) die("connect");
  return s;
}

static int send_all(char **argv) {
  static char buffer[1 << 18];
  int s = connected(argv[1], argv[2]);
  double seconds = atof(argv[0]), begin = now(), bytes = 0;
  while (now() - begin < seconds * 1e3) {
    int n = write(s, buffer, sizeof buffer);
    if (n < 0) die("write");
    bytes += n;
  }
  printf("%.0f\n", bytes * 8 / 1e3 / (now() - begin));
  return 0;
}

static int by_size(const void *a, const void *b) {
  double d = *(const double *)a - *(const double *)b;
  return d < 0 ? -1 : d > 0;
}

static int trips(char **argv) {
  int count = atoi(argv[0]);
  double *times = calloc(count, sizeof *times);
  char in[200];
  for (int i = 0; i < count; i++) {
    double begin = now();
    int s = connected(argv[1], argv[2]);
    while (read(s, in, sizeof in) > 0) {}
    close(s);
    times[i] = (now() - begin) * 1e3;
  }
  qsort(times, count, sizeof *times, by_size);
  printf("%.0f %.0f\n", times[count / 2], times[count * 99 / 100]);
  return 0;
}

static int advertise(char **argv) {
  struct {
    struct nd_router_advert head;
    struct nd_opt_prefix_info prefix;
  } m;
  memset(&m, 0, sizeof m);
  m.head.nd_ra_type = ND_ROUTER_ADVERT;
  m.head.nd_ra_router_lifetime = htons(1800);
  m.prefix.nd_opt_pi_type = ND_OPT_PREFIX_INFORMATION;
  m.prefix.nd_opt_pi_len = 4;
  m.prefix.nd_opt_pi_prefix_len = 64;
  m.prefix.nd_opt_pi_flags_reserved = ND_OPT_PI_FLAG_ONLINK | ND_OPT_PI_FLAG_AUTO;
  m.prefix.nd_opt_pi_valid_time = m.prefix.nd_opt_pi_preferred_time = htonl(3600);
  if (inet_pton(AF_INET6, argv[1], &m.prefix.nd_opt_pi_prefix) != 1) die("prefix");
  address all;
  parse("ff02::1", 0, &all);
  all.v6.sin6_scope_id = if_nametoindex(argv[0]);
  int hops = 255, s = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6);
  if (s < 0) die("socket");
  if (setsockopt(s, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof hops) < 0) die("hops");
  if (sendto(s, &m, sizeof m, 0, &all.any, sizeof all.v6) != sizeof m) die("sendto");
  return 0;
}

int main(int argc, char **argv) {
  signal(SIGPIPE, SIG_IGN);
  const char *verb = argc > 1 ? argv[1] : "";
  char **rest = argv + 2;
  int left = argc - 2;
  if (!strcmp(verb, "serve") && left >= 2) serve(left, rest);
  if (!strcmp(verb, "ask") && left >= 4) return ask(left, rest);
  if (!strcmp(verb, "loop") && left == 5) return loop(rest);
  if (!strcmp(verb, "dns") && left == 5) return dns(rest);
  if (!strcmp(verb, "load") && left == 3) return load(rest);
  if (!strcmp(verb, "sink") && left == 1) sink(rest);
  if (!strcmp(verb, "send") && left == 3) return send_all(rest);
  if (!strcmp(verb, "trips") && left == 3) return trips(rest);
  if (!strcmp(verb, "advertise") && left == 2) return advertise(rest);
  fprintf(stderr, "usage: the head of probe.c\n");
  return 2;
}
