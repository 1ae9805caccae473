/* A measurement that goes wrong has no figure: the program ends with what went wrong on standard error. */
#ifndef FAIL_H
#define FAIL_H

__attribute__((format(printf, 1, 2), noreturn)) void fail(const char *format, ...);
__attribute__((noreturn)) void fail_with_errno(const char *what);

#endif
