/* What the truth server reads of a request's JSON body: the members of its top level, nothing deeper. */
#ifndef REQUEST_BODY_H
#define REQUEST_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct body_facts {
  long prompt_tokens; /* ids of an array, words of a text */
  long max_tokens;
  bool stream;
  bool include_usage;
  bool running_usage;
};

static const char *skip_blank(const char *at, const char *end) {
  while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')) at++;
  return at;
}

/* `at` stands on the opening quote; the result stands behind the closing one. */
static const char *skip_text(const char *at, const char *end) {
  for (at++; at < end && *at != '"'; at++) {
    if (*at == '\\') at++;
  }
  return at < end ? at + 1 : end;
}

/* Any value; arrays and objects by their depth. */
static const char *skip_value(const char *at, const char *end) {
  int depth = 0;
  while (at < end) {
    char byte = *at;
    if (byte == '"') {
      at = skip_text(at, end);
      if (depth == 0) return at;
      continue;
    }
    if (byte == '[' || byte == '{') depth++;
    if (byte == ']' || byte == '}') {
      if (depth == 0) return at;
      depth--;
      if (depth == 0) return at + 1;
    }
    if (byte == ',' && depth == 0) return at;
    at++;
  }
  return end;
}

static long count_words(const char *at, const char *end) {
  long words = 0;
  bool inside = false;
  for (; at < end; at++) {
    bool blank = *at == ' ' || *at == '\n' || *at == '\t' || *at == '"';
    if (!blank && !inside) words++;
    inside = !blank;
  }
  return words;
}

static long count_prompt(const char *at, const char *end) {
  if (at >= end || *at != '[') return count_words(at, end);
  const char *first = skip_blank(at + 1, end);
  if (first >= end || *first == ']') return 0;
  /* A list of texts, or a list of lists: one prompt in it is all that is answered. */
  if (*first == '"' || *first == '{') return count_words(at, end);
  long commas = 0;
  for (const char *byte = at; byte < end; byte++) commas += *byte == ',';
  return commas + 1;
}

static bool is_true(const char *at, const char *end, const char *name) {
  size_t length = strlen(name);
  const char *found = memmem(at, (size_t)(end - at), name, length);
  if (found == NULL) return false;
  const char *value = skip_blank(found + length, end);
  if (value < end && *value == ':') value = skip_blank(value + 1, end);
  return value + 4 <= end && memcmp(value, "true", 4) == 0;
}

static bool key_is(const char *key, size_t length, const char *name) {
  return length == strlen(name) && memcmp(key, name, length) == 0;
}

static struct body_facts read_body(const char *at, const char *end) {
  struct body_facts facts = {.prompt_tokens = 1, .max_tokens = 16};
  at = skip_blank(at, end);
  if (at >= end || *at != '{') return facts;
  at++;
  while ((at = skip_blank(at, end)) < end && *at == '"') {
    const char *key = at + 1;
    at = skip_text(at, end);
    size_t length = (size_t)(at - 1 - key);
    at = skip_blank(at, end);
    if (at >= end || *at != ':') return facts;
    const char *value = skip_blank(at + 1, end);
    at = skip_value(value, end);
    if (key_is(key, length, "prompt") || key_is(key, length, "messages")) {
      facts.prompt_tokens = count_prompt(value, at);
    } else if (key_is(key, length, "max_tokens") || key_is(key, length, "max_completion_tokens")) {
      if (*value != 'n') facts.max_tokens = strtol(value, NULL, 10);
    } else if (key_is(key, length, "stream")) {
      facts.stream = *value == 't';
    } else if (key_is(key, length, "stream_options")) {
      facts.include_usage = is_true(value, at, "\"include_usage\"");
      facts.running_usage = is_true(value, at, "\"continuous_usage_stats\"");
    }
    at = skip_blank(at, end);
    if (at < end && *at == ',') at++;
  }
  return facts;
}

#endif
