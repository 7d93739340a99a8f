/* Pieces of an answer, put one behind the other. Each returns the place behind what it wrote. */
#ifndef TRUTH_TEXT_H
#define TRUTH_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "truths.h"

static char *put(char *at, const char *text) {
  size_t length = strlen(text);
  memcpy(at, text, length);
  return at + length;
}

static char *put_number(char *at, uint64_t value) {
  char digits[20];
  int count = 0;
  do digits[count++] = (char)('0' + value % 10);
  while ((value /= 10) > 0);
  while (count > 0) *at++ = digits[--count];
  return at;
}

static char *put_usage(char *at, const struct truth *request) {
  at = put_number(put(at, ",\"usage\":{\"prompt_tokens\":"), request->prompt_tokens);
  at = put_number(put(at, ",\"total_tokens\":"), request->prompt_tokens + request->written);
  at = put_number(put(at, ",\"completion_tokens\":"), request->written);
  return put(at, "}");
}

/* Frames [start, end) as one HTTP chunk; 16 bytes before start are free. Returns the chunk's first byte. */
static char *frame(char *start, char **end) {
  size_t length = (size_t)(*end - start);
  char *at = start;
  *--at = '\n';
  *--at = '\r';
  do *--at = "0123456789abcdef"[length & 15];
  while ((length >>= 4) > 0);
  *end = put(*end, "\r\n");
  return at;
}

#endif
