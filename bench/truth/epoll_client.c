/*
 * The limit of bench/: what one thread and epoll need to receive the streams of the truth server. It frames HTTP chunks, finds
 * events, and reads of each token the time that the server wrote into it; there is one clock read a socket read.
 *
 *   epoll_client --port P [--connections 1] [--requests 1] [--tokens 128] [--prompt hi | --ids N] [--running-usage]
 *                [--stagger-us 0] [--rate R --arrival constant|poisson] [--seed 1]
 *
 * A closed loop over the connections; with --rate an open one, in which a request that finds no idle connection opens one.
 * Prints one line of JSON.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

enum place { in_head, in_size, in_size_line, in_data, in_data_end, in_trailer };
enum { read_bytes = 64 << 10, carry_bytes = 16 << 10 };

struct stream {
  int fd;
  enum place place;
  size_t left;
  char *carry;
  size_t carried;
  size_t unsent;
  int64_t sent_ns;
  long tokens;
  bool busy;
};

static int poller, port;
static struct stream **streams, **idle;
static long stream_count, idle_count;
static char *request_bytes;
static size_t request_length;
static long wanted_requests = 1, started, done, failed, wanted_tokens = 128;
static bool open_loop;
static int64_t *errors_ns, *ttfts_ns;
static long token_count, first_count, read_count;
static int64_t first_sent, last_end;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static struct stream *open_stream(void) {
  struct stream *stream = calloc(1, sizeof *stream);
  stream->carry = malloc(carry_bytes);
  stream->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (connect(stream->fd, (struct sockaddr *)&address, sizeof address) < 0) fail("connect");
  int one = 1;
  setsockopt(stream->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = stream};
  if (epoll_ctl(poller, EPOLL_CTL_ADD, stream->fd, &event) < 0) fail("epoll_ctl");
  streams = realloc(streams, (size_t)(stream_count + 1) * sizeof *streams);
  idle = realloc(idle, (size_t)(stream_count + 1) * sizeof *idle);
  streams[stream_count++] = stream;
  return stream;
}

static void watch(struct stream *stream, uint32_t events) {
  epoll_ctl(poller, EPOLL_CTL_MOD, stream->fd, &(struct epoll_event){.events = events, .data.ptr = stream});
}

static void send_rest(struct stream *stream) {
  ssize_t count = send(stream->fd, request_bytes + request_length - stream->unsent, stream->unsent, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (count < 0 && errno != EAGAIN && errno != EINTR) fail("send");
  bool waited = stream->unsent < request_length;
  if (count > 0) stream->unsent -= (size_t)count;
  if (stream->unsent > 0) watch(stream, EPOLLIN | EPOLLOUT);
  else if (waited) watch(stream, EPOLLIN);
}

static void start(struct stream *stream) {
  started++;
  stream->busy = true;
  stream->place = in_head;
  stream->carried = 0;
  stream->tokens = 0;
  stream->unsent = request_length;
  stream->sent_ns = now_ns();
  if (first_sent == 0) first_sent = stream->sent_ns;
  send_rest(stream);
}

static void finish(struct stream *stream, int64_t at, bool whole) {
  done++;
  if (!whole || stream->tokens != wanted_tokens) failed++;
  last_end = at;
  stream->busy = false;
  if (!whole) return;
  if (!open_loop && started < wanted_requests) start(stream);
  else idle[idle_count++] = stream;
}

static void event(struct stream *stream, const char *text, size_t length, int64_t at) {
  static const char name[] = "\"t\":\"";
  const size_t tail = stamp_digits + 2;
  if (length < tail + sizeof name || memcmp(text + length - tail - (sizeof name - 1), name, sizeof name - 1) != 0) return;
  if (stream->tokens++ == 0) ttfts_ns[first_count++] = at - stream->sent_ns;
  if (token_count < wanted_requests * wanted_tokens) errors_ns[token_count++] = at - read_stamp(text + length - tail);
}

/* Hands out each event that is complete; returns the bytes that were used. */
static size_t events(struct stream *stream, const char *bytes, size_t length, int64_t at) {
  size_t from = 0;
  for (;;) {
    const char *end = memmem(bytes + from, length - from, "\n\n", 2);
    if (end == NULL) return from;
    event(stream, bytes + from, (size_t)(end - bytes) - from, at);
    from = (size_t)(end - bytes) + 2;
  }
}

static void keep(struct stream *stream, const char *bytes, size_t length) {
  if (stream->carried + length > carry_bytes) fail("an event or a head is too long");
  memcpy(stream->carry + stream->carried, bytes, length);
  stream->carried += length;
}

static void body(struct stream *stream, const char *bytes, size_t length, int64_t at) {
  if (stream->carried == 0) {
    size_t used = events(stream, bytes, length, at);
    keep(stream, bytes + used, length - used);
    return;
  }
  keep(stream, bytes, length);
  size_t used = events(stream, stream->carry, stream->carried, at);
  stream->carried -= used;
  memmove(stream->carry, stream->carry + used, stream->carried);
}

/* Returns the bytes of the head in this read, or all of them while it is not complete. */
static size_t head(struct stream *stream, const char *bytes, size_t length) {
  size_t before = stream->carried;
  keep(stream, bytes, length > carry_bytes - before ? carry_bytes - before : length);
  const char *end = memmem(stream->carry, stream->carried, "\r\n\r\n", 4);
  if (end == NULL) return length;
  if (memcmp(stream->carry, "HTTP/1.1 200", 12) != 0) fail("not HTTP 200");
  stream->carried = 0;
  stream->place = in_size;
  stream->left = 0;
  return (size_t)(end - stream->carry) + 4 - before;
}

static int hex(char byte) {
  if (byte >= '0' && byte <= '9') return byte - '0';
  return (byte | 32) >= 'a' && (byte | 32) <= 'f' ? (byte | 32) - 'a' + 10 : -1;
}

static void decode(struct stream *stream, const char *bytes, size_t length, int64_t at) {
  size_t place = 0;
  while (place < length && stream->busy) {
    if (stream->place == in_head) {
      place += head(stream, bytes + place, length - place);
    } else if (stream->place == in_data) {
      size_t part = stream->left < length - place ? stream->left : length - place;
      body(stream, bytes + place, part, at);
      place += part;
      stream->left -= part;
      if (stream->left == 0) stream->place = in_data_end;
    } else {
      char byte = bytes[place++];
      if (stream->place == in_size && hex(byte) >= 0) stream->left = stream->left * 16 + (size_t)hex(byte);
      else if (stream->place == in_size && byte != '\n') continue;
      else if (stream->place == in_size) stream->place = stream->left > 0 ? in_data : in_trailer;
      else if (stream->place == in_data_end && byte == '\n') stream->place = in_size;
      else if (stream->place == in_trailer && byte == '\n') finish(stream, at, true);
    }
  }
}

static void receive(struct stream *stream) {
  static char buffer[read_bytes];
  ssize_t count = recv(stream->fd, buffer, sizeof buffer, MSG_DONTWAIT);
  int64_t at = now_ns();
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) {
    epoll_ctl(poller, EPOLL_CTL_DEL, stream->fd, NULL);
    if (stream->busy) finish(stream, at, false);
    return;
  }
  read_count++;
  decode(stream, buffer, (size_t)count, at);
}

static void make_request(const char *prompt, long ids, bool running) {
  size_t room = (size_t)ids * 8 + 4096;
  char *json = malloc(room);
  char *at = json + sprintf(json, "{\"model\":\"truth\",\"max_tokens\":%ld,\"stream\":true,\"stream_options\":{\"include_usage\":true%s},"
                                  "\"temperature\":0,\"ignore_eos\":true,\"prompt\":",
                            wanted_tokens, running ? ",\"continuous_usage_stats\":true" : "");
  if (ids == 0) at += sprintf(at, "\"%s\"}", prompt);
  for (long index = 0; index < ids; index++) at += sprintf(at, "%s%ld", index == 0 ? "[" : ",", 1000L + rand() % 100000);
  if (ids > 0) at += sprintf(at, "]}");
  request_bytes = malloc((size_t)(at - json) + 512);
  request_length = (size_t)sprintf(request_bytes,
                                   "POST /v1/completions HTTP/1.1\r\nhost: 127.0.0.1:%d\r\naccept: text/event-stream\r\n"
                                   "content-type: application/json\r\ncontent-length: %zu\r\n\r\n%s",
                                   port, (size_t)(at - json), json);
  free(json);
}

static int ascending(const void *one, const void *other) {
  int64_t a = *(const int64_t *)one, b = *(const int64_t *)other;
  return (a > b) - (a < b);
}

static double quantile_us(const int64_t *sorted, long count, double share) {
  if (count == 0) return 0;
  long place = (long)(share * (double)count);
  return (double)sorted[place < count ? place : count - 1] / 1000;
}

static void print_quantiles(const char *name, int64_t *values, long count) {
  qsort(values, (size_t)count, sizeof *values, ascending);
  printf("\"%s\":{\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"max\":%.1f}", name, quantile_us(values, count, 0.5), quantile_us(values, count, 0.9),
         quantile_us(values, count, 0.99), quantile_us(values, count, 1));
}

static double seconds_of(struct timeval time) { return (double)time.tv_sec + (double)time.tv_usec / 1e6; }

int main(int count, char **arguments) {
  const char *prompt = "hi", *arrival = "constant";
  long connections = 1, ids = 0, seed = 1;
  double rate = 0, stagger_us = 0;
  bool running = false;
  for (int index = 1; index < count; index++) {
    const char *name = arguments[index];
    const char *value = index + 1 < count ? arguments[index + 1] : "";
    if (strcmp(name, "--running-usage") == 0) {
      running = true;
      continue;
    }
    if (strcmp(name, "--port") == 0) port = atoi(value);
    else if (strcmp(name, "--connections") == 0) connections = atol(value);
    else if (strcmp(name, "--requests") == 0) wanted_requests = atol(value);
    else if (strcmp(name, "--tokens") == 0) wanted_tokens = atol(value);
    else if (strcmp(name, "--prompt") == 0) prompt = value;
    else if (strcmp(name, "--ids") == 0) ids = atol(value);
    else if (strcmp(name, "--stagger-us") == 0) stagger_us = atof(value);
    else if (strcmp(name, "--rate") == 0) rate = atof(value);
    else if (strcmp(name, "--arrival") == 0) arrival = value;
    else if (strcmp(name, "--seed") == 0) seed = atol(value);
    else {
      fprintf(stderr, "epoll_client: unknown option %s\n", name);
      return 2;
    }
    index++;
  }
  prctl(PR_SET_TIMERSLACK, 1);
  srand48(seed);
  srand((unsigned)seed);
  open_loop = rate > 0;
  errors_ns = malloc((size_t)(wanted_requests * wanted_tokens) * sizeof *errors_ns);
  ttfts_ns = malloc((size_t)wanted_requests * sizeof *ttfts_ns);
  poller = epoll_create1(EPOLL_CLOEXEC);
  make_request(prompt, ids, running);
  if (connections > wanted_requests) connections = wanted_requests;
  for (long index = 0; index < connections; index++) open_stream();
  while (idle_count < stream_count) {
    idle[idle_count] = streams[stream_count - 1 - idle_count];
    idle_count++;
  }
  /* When a request starts that does not follow another: each stream's first, or all of an open loop. */
  long dues = open_loop ? wanted_requests : connections;
  int64_t *due = malloc((size_t)dues * sizeof *due);
  int64_t zero = now_ns();
  double at = 0;
  for (long index = 0; index < dues; index++) {
    due[index] = zero + (int64_t)at;
    if (!open_loop) at += stagger_us * 1e3;
    else at += (strcmp(arrival, "poisson") == 0 ? -log(1 - drand48()) : 1) * 1e9 / rate;
  }
  struct epoll_event ready[256];
  for (long next = 0; done < wanted_requests;) {
    while (next < dues && due[next] <= now_ns()) {
      next++;
      /* Streams that began earlier may have taken all requests by now. */
      if (started < wanted_requests) start(idle_count > 0 ? idle[--idle_count] : open_stream());
    }
    int64_t wait = next < dues ? due[next] - now_ns() : 0;
    if (wait < 0) wait = 0;
    struct timespec timeout = {wait / 1000000000, wait % 1000000000};
    int found = epoll_pwait2(poller, ready, 256, next < dues ? &timeout : NULL, NULL);
    for (int index = 0; index < found; index++) {
      struct stream *stream = ready[index].data.ptr;
      if (ready[index].events & EPOLLOUT && stream->unsent > 0) send_rest(stream);
      if (ready[index].events & (EPOLLIN | EPOLLERR | EPOLLHUP)) receive(stream);
    }
  }
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  double cpu = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime), wall = (double)(last_end - first_sent) / 1e9;
  printf("{\"requests\":%ld,\"failed\":%ld,\"tokens\":%ld,\"reads\":%ld,\"wallSeconds\":%.6f,\"tokensPerSecond\":%.1f,\"cpuSeconds\":%.6f,"
         "\"cpuMicrosecondsPerToken\":%.3f,\"peakBytes\":%ld,",
         done, failed, token_count, read_count, wall, (double)token_count / wall, cpu, cpu * 1e6 / (double)token_count, usage.ru_maxrss * 1024);
  print_quantiles("errorMicroseconds", errors_ns, token_count);
  printf(",");
  print_quantiles("ttftMicroseconds", ttfts_ns, first_count);
  printf("}\n");
  return failed == 0 ? 0 : 1;
}
