/*
 * The truth server of bench/: one thread, epoll, HTTP/1.1. It answers POST /v1/completions and /v1/chat/completions in vLLM's
 * form, one token a write, and keeps the time just before each write. The time stands in each event as well (field "t"), and
 * all of them are written to --truth FILE at SIGTERM.
 *
 *   truth_server [--port 0] [--ttft-us 0] [--itl-us 0] [--truth FILE] [--mark-finish] [--no-running-usage]
 *
 * --itl-us 0: as fast as the socket takes, one token of each stream in turn. --mark-finish: the finish reason is
 * length#SERIAL, by which a client's record of a request is matched with the one kept here. The port is printed as JSON.
 *
 * The file: "TOKTRUTH", u32 version 1, u32 requests; each request: i64 received (its first byte), ready (its last byte),
 * ended; u32 serial, connection, prompt tokens, tokens asked for, tokens written, 1 if complete; then an i64 a token.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "due_heap.h"
#include "request_body.h"
#include "text.h"
#include "truths.h"

enum { most_body_bytes = 64 << 20, event_room = 1024, read_bytes = 256 << 10 };

struct connection {
  int fd;
  uint32_t serial;
  bool queued, blocked, answering;
  char *in;
  size_t in_length, in_room;
  char *out;
  size_t out_length, out_sent, out_room;
  int64_t first_byte;
  struct truth *request;
  struct body_facts facts;
  bool chat;
  char prefix[256];
  size_t prefix_length;
};

static int64_t ttft_ns, itl_ns;
static bool mark_finish, no_running_usage;
static int poller;
static uint32_t connection_count;

static void release(struct connection *connection) {
  free(connection->in);
  free(connection->out);
  free(connection);
}

/* A connection that waits in the heap is released when its turn comes. */
static void hang_up(struct connection *connection) {
  if (connection->fd < 0) return;
  close(connection->fd);
  connection->fd = -1;
  if (connection->request != NULL) connection->request->ended = now_ns();
  connection->request = NULL;
}

static void listen_for(struct connection *connection, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = connection};
  epoll_ctl(poller, EPOLL_CTL_MOD, connection->fd, &event);
}

/* What the socket does not take waits in `out`. */
static void send_bytes(struct connection *connection, const char *bytes, size_t length) {
  size_t sent = 0;
  if (!connection->blocked) {
    ssize_t count = send(connection->fd, bytes, length, MSG_NOSIGNAL);
    if (count < 0 && errno != EAGAIN && errno != EINTR) {
      hang_up(connection);
      return;
    }
    sent = count < 0 ? 0 : (size_t)count;
    if (sent == length) return;
    connection->blocked = true;
    listen_for(connection, EPOLLIN | EPOLLOUT);
  }
  size_t rest = length - sent;
  if (connection->out_length + rest > connection->out_room) {
    connection->out_room = (connection->out_length + rest) * 2;
    connection->out = grown(connection->out, connection->out_room);
  }
  memcpy(connection->out + connection->out_length, bytes + sent, rest);
  connection->out_length += rest;
}

/* One token: its time is taken just before the write. */
static void send_token(struct connection *connection) {
  struct truth *request = connection->request;
  char buffer[event_room];
  char *start = buffer + 16;
  char *at = start;
  bool last = request->written + 1 == request->asked;
  if (connection->chat && request->written == 0) {
    memcpy(at, connection->prefix, connection->prefix_length);
    at = put(at + connection->prefix_length, "\"role\":\"assistant\",\"content\":\"\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n");
  }
  memcpy(at, connection->prefix, connection->prefix_length);
  at += connection->prefix_length;
  at = put(at, connection->chat ? "\"content\":\" the\"}" : "\"text\":\" the\"");
  at = put(at, ",\"logprobs\":null,\"finish_reason\":");
  if (!last) at = put(at, "null");
  else if (mark_finish) at = put(put_number(put(at, "\"length#"), request->serial), "\"");
  else at = put(at, "\"length\"");
  at = put(at, connection->chat ? ",\"token_ids\":null}]"
                                : ",\"stop_reason\":null,\"prompt_token_ids\":null,\"token_ids\":null}]");
  int64_t *stamp = &request->stamps[request->written++];
  if (connection->facts.running_usage && !no_running_usage) at = put_usage(at, request);
  at = put(at, ",\"t\":\"");
  char *digits = at;
  char *end = put(at + stamp_digits, "\"}\n\n");
  char *chunk = frame(start, &end);
  write_stamp(digits, *stamp = now_ns());
  send_bytes(connection, chunk, (size_t)(end - chunk));
}

static void send_end(struct connection *connection) {
  struct truth *request = connection->request;
  char buffer[event_room];
  char *at = buffer;
  if (connection->facts.include_usage) {
    char *start = at + 16;
    char *end = start;
    /* The choices of the usage event are empty: the prefix is kept up to its bracket. */
    const char *bracket = memchr(connection->prefix, '[', connection->prefix_length);
    size_t length = (size_t)(bracket + 1 - connection->prefix);
    memcpy(end, connection->prefix, length);
    end = put(put_usage(put(end + length, "]"), request), "}\n\n");
    char *chunk = frame(start, &end);
    memmove(buffer, chunk, (size_t)(end - chunk));
    at = buffer + (end - chunk);
  }
  at = put(at, "e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n");
  send_bytes(connection, buffer, (size_t)(at - buffer));
}

static void send_answer(struct connection *connection, const char *status, const char *json) {
  char head[256];
  int length = snprintf(head, sizeof head, "HTTP/1.1 %s\r\nserver: truth\r\ncontent-type: application/json\r\ncontent-length: %zu\r\n\r\n",
                        status, strlen(json));
  send_bytes(connection, head, (size_t)length);
  if (connection->fd >= 0) send_bytes(connection, json, strlen(json));
}

/* A whole answer in place of a stream; its text is as long as the tokens that were asked for. */
static void send_whole(struct connection *connection) {
  struct truth *request = connection->request;
  size_t text = (size_t)request->written * 4;
  char *json = grown(NULL, text + 1024);
  char *at = json;
  at += sprintf(at, "{\"id\":\"cmpl-%u\",\"object\":\"%s\",\"created\":0,\"model\":\"truth\",\"choices\":[{\"index\":0,", request->serial,
                connection->chat ? "chat.completion" : "text_completion");
  at = put(at, connection->chat ? "\"message\":{\"role\":\"assistant\",\"content\":\"" : "\"text\":\"");
  for (uint32_t token = 0; token < request->written; token++) at = put(at, " the");
  at = put(at, connection->chat ? "\"}" : "\"");
  at = put(at, ",\"logprobs\":null,\"finish_reason\":\"length\"}]");
  at = put(put_usage(at, request), "}");
  *at = 0;
  send_answer(connection, "200 OK", json);
  free(json);
}

static void read_requests(struct connection *connection);

static void schedule(struct connection *connection) {
  const struct truth *request = connection->request;
  int64_t due = request->ready + ttft_ns + request->written * itl_ns;
  /* Unpaced: behind every stream that waits already. */
  if (itl_ns == 0 && request->written > 0) due = request->stamps[request->written - 1];
  heap_push(due, connection);
  connection->queued = true;
}

static void advance(struct connection *connection) {
  struct truth *request = connection->request;
  if (connection->facts.stream) send_token(connection);
  else request->stamps[request->written++] = now_ns();
  if (connection->fd < 0) return;
  if (request->written < request->asked) {
    if (!connection->blocked) schedule(connection);
    return;
  }
  if (connection->facts.stream) send_end(connection);
  else send_whole(connection);
  request->ended = now_ns();
  request->complete = 1;
  connection->request = NULL;
  connection->answering = false;
  if (connection->fd >= 0) read_requests(connection);
}

static void begin(struct connection *connection, bool chat, const char *body, size_t length) {
  connection->facts = read_body(body, body + length);
  connection->chat = chat;
  if (connection->facts.max_tokens < 1) connection->facts.max_tokens = 1;
  struct truth *request = new_truth((uint32_t)connection->facts.max_tokens);
  request->received = connection->first_byte;
  request->ready = now_ns();
  request->connection = connection->serial;
  request->prompt_tokens = (uint32_t)connection->facts.prompt_tokens;
  connection->request = request;
  connection->answering = true;
  connection->prefix_length = (size_t)snprintf(
      connection->prefix, sizeof connection->prefix,
      "data: {\"id\":\"%s-%u\",\"object\":\"%s\",\"created\":1795292538,\"model\":\"truth\",\"choices\":[{\"index\":0,%s", chat ? "chatcmpl" : "cmpl",
      request->serial, chat ? "chat.completion.chunk" : "text_completion", chat ? "\"delta\":{" : "");
  if (connection->facts.stream) {
    static const char head[] = "HTTP/1.1 200 OK\r\nserver: truth\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
                               "cache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n";
    send_bytes(connection, head, sizeof head - 1);
  }
  if (connection->fd >= 0 && !connection->blocked) schedule(connection);
}

static const char *header_of(const char *head, const char *end, const char *name) {
  size_t length = strlen(name);
  for (const char *line = head; line < end;) {
    if (strncasecmp(line, name, length) == 0 && line[length] == ':') return skip_blank(line + length + 1, end);
    line = memchr(line, '\n', (size_t)(end - line));
    if (line == NULL) return NULL;
    line++;
  }
  return NULL;
}

static void route(struct connection *connection, const char *head, const char *body, size_t length) {
  if (strncmp(head, "POST /v1/completions ", 21) == 0) begin(connection, false, body, length);
  else if (strncmp(head, "POST /v1/chat/completions ", 26) == 0) begin(connection, true, body, length);
  else if (strncmp(head, "GET /v1/models", 14) == 0)
    send_answer(connection, "200 OK", "{\"object\":\"list\",\"data\":[{\"id\":\"truth\",\"object\":\"model\",\"created\":0,"
                                      "\"owned_by\":\"vllm\",\"root\":\"truth\",\"parent\":null,\"max_model_len\":131072}]}");
  else if (strncmp(head, "GET /health", 11) == 0) send_answer(connection, "200 OK", "{}");
  else if (strncmp(head, "GET /version", 12) == 0) send_answer(connection, "200 OK", "{\"version\":\"0.0.0+truth\"}");
  else send_answer(connection, "404 Not Found", "{\"error\":{\"message\":\"Not Found\",\"type\":\"NotFoundError\",\"code\":404}}");
}

/* Answers what has come in whole; one request at a time. */
static void read_requests(struct connection *connection) {
  while (!connection->answering && connection->fd >= 0 && connection->in_length > 0) {
    char *head = connection->in;
    char *end = memmem(head, connection->in_length, "\r\n\r\n", 4);
    if (end == NULL) return;
    size_t head_length = (size_t)(end - head) + 4;
    const char *value = header_of(head, end, "content-length");
    size_t body_length = value == NULL ? 0 : strtoul(value, NULL, 10);
    if (body_length > most_body_bytes || header_of(head, end, "transfer-encoding") != NULL) {
      hang_up(connection);
      return;
    }
    if (connection->in_length < head_length + body_length) {
      const char *expect = header_of(head, end, "expect");
      if (expect != NULL && connection->in_length == head_length) send_bytes(connection, "HTTP/1.1 100 Continue\r\n\r\n", 25);
      return;
    }
    route(connection, head, head + head_length, body_length);
    connection->in_length -= head_length + body_length;
    memmove(connection->in, connection->in + head_length + body_length, connection->in_length);
  }
}

static void receive(struct connection *connection) {
  for (;;) {
    if (connection->in_room - connection->in_length < read_bytes / 4) {
      connection->in_room = connection->in_room * 2 + read_bytes;
      connection->in = grown(connection->in, connection->in_room);
    }
    size_t room = connection->in_room - connection->in_length;
    ssize_t count = recv(connection->fd, connection->in + connection->in_length, room, 0);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) {
      hang_up(connection);
      return;
    }
    if (count < 0) break;
    if (connection->in_length == 0) connection->first_byte = now_ns();
    connection->in_length += (size_t)count;
    if ((size_t)count < room) break;
  }
  read_requests(connection);
}

static void flush(struct connection *connection) {
  size_t left = connection->out_length - connection->out_sent;
  ssize_t count = send(connection->fd, connection->out + connection->out_sent, left, MSG_NOSIGNAL);
  if (count < 0) {
    if (errno != EAGAIN && errno != EINTR) hang_up(connection);
    return;
  }
  connection->out_sent += (size_t)count;
  if (connection->out_sent < connection->out_length) return;
  connection->out_sent = connection->out_length = 0;
  connection->blocked = false;
  listen_for(connection, EPOLLIN);
  if (connection->request != NULL && !connection->queued) schedule(connection);
}

static void accept_all(int listener) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct connection *connection = calloc(1, sizeof *connection);
    connection->fd = fd;
    connection->serial = connection_count++;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
  }
}

static int open_listener(int port) {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int one = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  if (bind(listener, (struct sockaddr *)&address, length) < 0 || listen(listener, 4096) < 0) {
    perror("truth_server");
    exit(1);
  }
  getsockname(listener, (struct sockaddr *)&address, &length);
  printf("{\"port\":%d}\n", ntohs(address.sin_port));
  fflush(stdout);
  return listener;
}

int main(int count, char **arguments) {
  const char *truth_file = NULL;
  int port = 0;
  for (int index = 1; index < count; index++) {
    const char *name = arguments[index];
    const char *value = index + 1 < count ? arguments[index + 1] : "";
    if (strcmp(name, "--mark-finish") == 0) mark_finish = true;
    else if (strcmp(name, "--no-running-usage") == 0) no_running_usage = true;
    else {
      if (strcmp(name, "--port") == 0) port = atoi(value);
      else if (strcmp(name, "--ttft-us") == 0) ttft_ns = atoll(value) * 1000;
      else if (strcmp(name, "--itl-us") == 0) itl_ns = atoll(value) * 1000;
      else if (strcmp(name, "--truth") == 0) truth_file = value;
      else {
        fprintf(stderr, "truth_server: unknown option %s\n", name);
        return 2;
      }
      index++;
    }
  }
  /* The default slack of 50 us would be in every due time. */
  prctl(PR_SET_TIMERSLACK, 1);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  sigprocmask(SIG_BLOCK, &ends, NULL);
  int signals = signalfd(-1, &ends, SFD_CLOEXEC);
  poller = epoll_create1(EPOLL_CLOEXEC);
  int listener = open_listener(port);
  epoll_ctl(poller, EPOLL_CTL_ADD, signals, &(struct epoll_event){.events = EPOLLIN, .data.ptr = &signals});
  epoll_ctl(poller, EPOLL_CTL_ADD, listener, &(struct epoll_event){.events = EPOLLIN, .data.ptr = &listener});
  struct epoll_event events[256];
  for (;;) {
    int64_t now = now_ns();
    while (heap_length > 0 && heap[0].due <= now) {
      struct connection *connection = heap_pop();
      connection->queued = false;
      if (connection->fd >= 0) advance(connection);
      if (connection->fd < 0 && !connection->queued) release(connection);
    }
    int64_t wait = heap_length == 0 ? 0 : heap[0].due - now_ns();
    if (wait < 0) wait = 0;
    struct timespec timeout = {wait / 1000000000, wait % 1000000000};
    int ready = epoll_pwait2(poller, events, 256, heap_length == 0 ? NULL : &timeout, NULL);
    for (int index = 0; index < ready; index++) {
      void *source = events[index].data.ptr;
      if (source == &signals) return truth_file == NULL ? 0 : write_truth(truth_file);
      if (source == &listener) {
        accept_all(listener);
        continue;
      }
      struct connection *connection = source;
      if (events[index].events & EPOLLOUT) flush(connection);
      if (connection->fd >= 0 && events[index].events & (EPOLLIN | EPOLLERR | EPOLLHUP)) receive(connection);
      if (connection->fd < 0 && !connection->queued) release(connection);
    }
  }
}
