/* The floor: the least that an answer by libmicrohttpd costs.
 *
 * Answers every GET with the same bytes, from one response object made at the start. What a server
 * on libmicrohttpd costs beyond this is its own logic. */

#include <arpa/inet.h>
#include <getopt.h>
#include <microhttpd.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for a run with 1000 connections and the next run's opening before the last one's are closed. */
static const unsigned int connection_limit = 2100;
/* Bytes for each connection, as the gateway has them: libmicrohttpd clears them after each request. */
static const size_t connection_memory = 10 * 1024;

struct options {
  unsigned int port; /* 0 takes a free one */
  unsigned int threads;
  size_t body_size;
  char **headers; /* each "Name: value" */
  size_t header_count;
};

static void fail(const char *message, const char *detail) {
  fprintf(stderr, "floor: %s%s\n", message, detail);
  exit(1);
}

static unsigned long number(const char *text, unsigned long most) {
  char *end;
  unsigned long value = strtoul(text, &end, 10);
  if (end == text || *end != '\0' || value > most) fail("not a number in range: ", text);
  return value;
}

static struct options parse_options(int count, char **arguments) {
  static const struct option known[] = {{"port", required_argument, NULL, 'p'},
                                        {"threads", required_argument, NULL, 't'},
                                        {"body-size", required_argument, NULL, 'b'},
                                        {"header", required_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};
  struct options options = {.threads = 1, .body_size = 100};
  options.headers = calloc((size_t)count, sizeof(char *));
  if (options.headers == NULL) fail("out of memory", "");
  int letter;
  while ((letter = getopt_long(count, arguments, "", known, NULL)) != -1) {
    switch (letter) {
      case 'p': options.port = (unsigned int)number(optarg, 65535); break;
      case 't': options.threads = (unsigned int)number(optarg, 64); break;
      case 'b': options.body_size = number(optarg, 1UL << 30); break;
      case 'h': options.headers[options.header_count++] = optarg; break;
      default: fail("usage: floor [--port N] [--threads N] [--body-size N] [--header 'Name: value']…", "");
    }
  }
  return options;
}

static void add_header(struct MHD_Response *response, char *header) {
  char *colon = strchr(header, ':');
  if (colon == NULL) fail("not a header: ", header);
  *colon = '\0';
  const char *value = colon + 1 + strspn(colon + 1, " ");
  if (MHD_add_response_header(response, header, value) != MHD_YES) fail("header refused: ", header);
}

static struct MHD_Response *make_response(const struct options *options) {
  char *body = malloc(options->body_size + 1);
  if (body == NULL) fail("out of memory", "");
  memset(body, 'x', options->body_size);
  struct MHD_Response *response =
      MHD_create_response_from_buffer(options->body_size, body, MHD_RESPMEM_PERSISTENT);
  if (response == NULL) fail("no response object", "");
  for (size_t i = 0; i < options->header_count; i++) add_header(response, options->headers[i]);
  return response;
}

static enum MHD_Result answer(void *response, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **request) {
  (void)url, (void)version, (void)upload, (void)upload_size;
  if (strcmp(method, MHD_HTTP_METHOD_GET) != 0) return MHD_NO;
  /* libmicrohttpd closes the connection after an answer queued in a request's first call. */
  if (*request == NULL) {
    *request = response;
    return MHD_YES;
  }
  return MHD_queue_response(connection, MHD_HTTP_OK, response);
}

static struct MHD_Daemon *start(const struct options *options, struct MHD_Response *response) {
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)options->port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  /* libmicrohttpd refuses a pool of one thread: without a pool there is exactly one. */
  struct MHD_OptionItem pool[] = {{MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)options->threads, NULL},
                                  {MHD_OPTION_END, 0, NULL}};
  struct MHD_OptionItem *threads = options->threads > 1 ? pool : pool + 1;
  return MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_ERROR_LOG, 0,
                          NULL, NULL, answer, response, MHD_OPTION_SOCK_ADDR, &address,
                          MHD_OPTION_CONNECTION_LIMIT, connection_limit,
                          MHD_OPTION_CONNECTION_MEMORY_LIMIT, connection_memory,
                          MHD_OPTION_ARRAY, threads, MHD_OPTION_END);
}

/* Blocked before the daemon's threads exist, so that they inherit it and sigwait gets the signal. */
static sigset_t block_stop_signals(void) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, NULL);
  return signals;
}

int main(int count, char **arguments) {
  struct options options = parse_options(count, arguments);
  sigset_t stop_signals = block_stop_signals();
  struct MHD_Response *response = make_response(&options);
  struct MHD_Daemon *daemon = start(&options, response);
  if (daemon == NULL) fail("libmicrohttpd did not start", "");
  printf("listening on http://127.0.0.1:%u\n",
         MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
  fflush(stdout);
  int received;
  sigwait(&stop_signals, &received);
  MHD_stop_daemon(daemon);
  return 0;
}
