/* CLOCK_MONOTONIC in nanoseconds: the clock of process.hrtime in Node. */
#ifndef TRUTH_CLOCK_H
#define TRUTH_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* Digits of a stamp in an event: fixed, so that it stands at a fixed place before the event's end. */
enum { stamp_digits = 19 };

static inline void write_stamp(char *at, int64_t value) {
  for (int place = stamp_digits - 1; place >= 0; place--, value /= 10) at[place] = (char)('0' + value % 10);
}

static inline int64_t read_stamp(const char *at) {
  int64_t value = 0;
  for (int place = 0; place < stamp_digits; place++) value = value * 10 + (at[place] - '0');
  return value;
}

#endif
