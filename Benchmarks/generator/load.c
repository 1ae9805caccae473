#define _GNU_SOURCE
#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "answer.h"
#include "fail.h"
#include "schedule.h"

/* Requests that may wait for a connection, in seconds of the rate. Who is further behind than that does not serve
 * the rate, and the latencies would only tell how long the run was. */
static const double longest_wait = 2;
/* For the last answers, after the last request. */
static const uint64_t patience = 10000000000;
/* One read takes a large answer's part: fewer system calls of ours beside the server's. */
static char incoming[256 * 1024];

struct connection {
  int socket;
  const struct request *request; /* under way, or the last one */
  uint64_t due;                  /* when it was */
  const char *unsent;
  size_t unsent_length;
  struct answer answer;
};

/* First in, first out, in a ring whose size is a power of two. */
struct queue {
  uint64_t *items, first, last, mask;
};

struct load {
  const struct options *options;
  const struct requests *requests;
  struct outcome *outcome;
  struct connection *connections;
  struct queue idle;    /* numbers of connections */
  struct queue waiting; /* when each request that waits was due */
  struct schedule schedule;
  int epoll;
  size_t next_request, sent;
  uint64_t start, end, count_from, last_answer;
};

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static double cpu_seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static struct queue queue_for(uint64_t most) {
  uint64_t size = 1;
  while (size < most) size *= 2;
  struct queue queue = {.items = calloc(size, sizeof(uint64_t)), .mask = size - 1};
  if (!queue.items) fail("out of memory");
  return queue;
}

static uint64_t queue_length(const struct queue *queue) {
  return queue->last - queue->first;
}

static void queue_add(struct queue *queue, uint64_t item) {
  if (queue_length(queue) > queue->mask)
    fail("the server does not keep up: %lu requests wait", (unsigned long)queue_length(queue));
  queue->items[queue->last++ & queue->mask] = item;
}

static uint64_t queue_take(struct queue *queue) {
  return queue->items[queue->first++ & queue->mask];
}

static int connect_to(unsigned int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int on = 1, connection = socket(AF_INET, SOCK_STREAM, 0);
  if (connection < 0 || connect(connection, (struct sockaddr *)&address, sizeof address) < 0)
    fail_with_errno("connect");
  setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return connection;
}

static void watch(struct load *load, unsigned int number, int operation, uint32_t events) {
  struct epoll_event event = {.events = events, .data.u32 = number};
  if (epoll_ctl(load->epoll, operation, load->connections[number].socket, &event) < 0) fail_with_errno("epoll_ctl");
}

static void connect_all(struct load *load) {
  unsigned int count = load->options->connections;
  load->connections = calloc(count, sizeof *load->connections);
  load->epoll = epoll_create1(0);
  if (!load->connections || load->epoll < 0) fail("out of memory or descriptors");
  load->idle = queue_for(count);
  for (unsigned int number = 0; number < count; number++) {
    load->connections[number].socket = connect_to(load->options->port);
    watch(load, number, EPOLL_CTL_ADD, EPOLLIN);
    queue_add(&load->idle, number);
  }
}

/* As much as the socket takes; true when nothing is left. */
static bool send_rest(struct connection *connection) {
  while (connection->unsent_length > 0) {
    ssize_t sent = send(connection->socket, connection->unsent, connection->unsent_length, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EAGAIN) return false;
    if (sent < 0) fail_with_errno("send");
    connection->unsent += sent;
    connection->unsent_length -= (size_t)sent;
  }
  return true;
}

static void send_request(struct load *load, uint64_t due) {
  unsigned int number = (unsigned int)queue_take(&load->idle);
  struct connection *connection = &load->connections[number];
  const struct request *request = &load->requests->list[load->next_request];
  if (++load->next_request == load->requests->count) load->next_request = 0;
  load->sent++;
  connection->request = request;
  connection->due = due;
  connection->unsent = request->bytes;
  connection->unsent_length = request->length;
  answer_begin(&connection->answer);
  if (!send_rest(connection)) watch(load, number, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
}

static bool all_sent(const struct load *load, uint64_t time) {
  if (load->options->count) return load->sent + queue_length(&load->waiting) >= load->options->count;
  return (load->options->rate ? load->schedule.next : time) >= load->end;
}

/* Requests whose time has come join those that wait, and those go out over idle connections. */
static void send_due(struct load *load, uint64_t time) {
  while (load->options->rate && load->schedule.next <= time && !all_sent(load, time)) {
    queue_add(&load->waiting, load->schedule.next);
    schedule_advance(&load->schedule);
  }
  while (queue_length(&load->idle) > 0 && queue_length(&load->waiting) > 0)
    send_request(load, queue_take(&load->waiting));
  uint64_t waiting = queue_length(&load->waiting);
  if (waiting > load->outcome->waiting) load->outcome->waiting = waiting;
}

static void send_as_answered(struct load *load, uint64_t time) {
  while (queue_length(&load->idle) > 0 && !all_sent(load, time)) send_request(load, now());
}

static void require_expected(const struct answer *answer, const struct request *request) {
  if (answer->status != request->status) fail("an answer has status %d, not %d", answer->status, request->status);
  if (answer->body_size < request->least_body)
    fail("an answer has %zu bytes, not %zu", answer->body_size, request->least_body);
}

/* The kernel forgets the old socket's events with the socket. */
static void reconnect(struct load *load, unsigned int number) {
  struct connection *connection = &load->connections[number];
  close(connection->socket);
  connection->socket = connect_to(load->options->port);
  watch(load, number, EPOLL_CTL_ADD, EPOLLIN);
}

static void finish(struct load *load, unsigned int number) {
  struct connection *connection = &load->connections[number];
  require_expected(&connection->answer, connection->request);
  load->last_answer = now();
  load->outcome->answers++;
  if (connection->due >= load->count_from)
    histogram_add(&load->outcome->latencies, load->last_answer - connection->due);
  if (load->options->reconnects) reconnect(load, number);
  queue_add(&load->idle, number);
}

static void receive(struct load *load, unsigned int number) {
  struct connection *connection = &load->connections[number];
  ssize_t count = recv(connection->socket, incoming, sizeof incoming, MSG_DONTWAIT);
  if (count < 0 && errno == EAGAIN) return;
  if (count < 0) fail_with_errno("recv");
  if (count == 0) fail("the server closed a connection");
  load->outcome->bytes += (uint64_t)count;
  if (answer_take(&connection->answer, incoming, (size_t)count) == ANSWER_WHOLE) finish(load, number);
}

static void handle(struct load *load, const struct epoll_event *event) {
  unsigned int number = event->data.u32;
  if (event->events & EPOLLOUT && send_rest(&load->connections[number]))
    watch(load, number, EPOLL_CTL_MOD, EPOLLIN);
  if (event->events & ~(uint32_t)EPOLLOUT) receive(load, number);
}

/* Sleeps until something can be read, or the next request is due. */
static void wait_and_handle(struct load *load, uint64_t time) {
  struct epoll_event events[256];
  uint64_t until = all_sent(load, time) ? load->end + patience : load->end;
  if (load->options->rate && !all_sent(load, time)) until = load->schedule.next;
  uint64_t left = until > time ? until - time : 0;
  struct timespec timeout = {(time_t)(left / 1000000000), (long)(left % 1000000000)};
  int count = epoll_pwait2(load->epoll, events, 256, &timeout, NULL);
  if (count < 0 && errno != EINTR) fail_with_errno("epoll_pwait2");
  for (int i = 0; i < count; i++) handle(load, &events[i]);
}

static void begin(struct load *load) {
  const struct options *options = load->options;
  /* The kernel may otherwise wake us 50 microseconds late, to save power. */
  prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
  connect_all(load);
  load->waiting = queue_for((uint64_t)(options->rate * longest_wait) + 1);
  load->next_request = options->first % load->requests->count;
  load->start = now();
  load->end = load->start + (options->seconds ? (uint64_t)(options->seconds * 1e9) : UINT64_MAX / 4);
  load->count_from = load->start + (uint64_t)(options->warm_up * 1e9);
  if (options->rate) load->schedule = schedule_from(load->start, options->rate, 1);
}

void load_run(const struct options *options, const struct requests *requests, struct outcome *outcome) {
  struct load load = {.options = options, .requests = requests, .outcome = outcome};
  begin(&load);
  double cpu_before = cpu_seconds();
  for (;;) {
    uint64_t time = now();
    if (options->rate)
      send_due(&load, time);
    else
      send_as_answered(&load, time);
    if (all_sent(&load, time) && outcome->answers == load.sent && !queue_length(&load.waiting)) break;
    if (time > load.end + patience) fail("%lu answers are missing", (unsigned long)(load.sent - outcome->answers));
    wait_and_handle(&load, time);
  }
  outcome->seconds = (double)(load.last_answer - load.start) / 1e9;
  outcome->cpu_seconds = cpu_seconds() - cpu_before;
}
