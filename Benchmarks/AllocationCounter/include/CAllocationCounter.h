/* Counts the calls of malloc, calloc, realloc and the aligned ones in the program that this is linked into. */
#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H

#include <stdint.h>

/* Since the program's start, by all threads. */
uint64_t allocation_count(void);

#endif
