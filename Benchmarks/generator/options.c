#include "options.h"

#include <getopt.h>
#include <stdlib.h>

#include "fail.h"

static const char usage[] =
    "usage: generator --port N --requests FILE [--connections N] [--rate N] [--seconds N]\n"
    "       [--count N] [--first N] [--warm-up N] [--reconnect]";

static const struct option known[] = {{"port", required_argument, NULL, 'p'},
                                      {"requests", required_argument, NULL, 'f'},
                                      {"connections", required_argument, NULL, 'c'},
                                      {"rate", required_argument, NULL, 'r'},
                                      {"seconds", required_argument, NULL, 't'},
                                      {"count", required_argument, NULL, 'n'},
                                      {"first", required_argument, NULL, 'b'},
                                      {"warm-up", required_argument, NULL, 'w'},
                                      {"reconnect", no_argument, NULL, 'o'},
                                      {NULL, 0, NULL, 0}};

static double number(const char *text, double least, double most) {
  char *end;
  double value = strtod(text, &end);
  if (end == text || *end != 0 || !(value >= least && value <= most)) fail("not a number in range: %s", text);
  return value;
}

struct options options_from(int count, char **arguments) {
  struct options options = {.connections = 64};
  int letter;
  while ((letter = getopt_long(count, arguments, "", known, NULL)) != -1) {
    switch (letter) {
      case 'p': options.port = (unsigned int)number(optarg, 1, 65535); break;
      case 'f': options.requests = optarg; break;
      case 'c': options.connections = (unsigned int)number(optarg, 1, 10000); break;
      case 'r': options.rate = number(optarg, 1, 1e7); break;
      case 't': options.seconds = number(optarg, 0.01, 86400); break;
      case 'n': options.count = (size_t)number(optarg, 1, 1e12); break;
      case 'b': options.first = (size_t)number(optarg, 0, 1e12); break;
      case 'w': options.warm_up = number(optarg, 0, 86400); break;
      case 'o': options.reconnects = true; break;
      default: fail("%s", usage);
    }
  }
  if (!options.port || !options.requests) fail("%s", usage);
  if (!options.seconds && !options.count) fail("either --seconds or --count is needed");
  return options;
}
