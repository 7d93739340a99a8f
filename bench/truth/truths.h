/* What the server keeps of every request, and the file that it becomes. */
#ifndef TRUTHS_H
#define TRUTHS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct truth {
  int64_t received, ready, ended;
  uint32_t serial, connection, prompt_tokens, asked, written, complete;
  int64_t *stamps;
};

static struct truth **truths;
static size_t truth_count, truth_room;

static void *grown(void *memory, size_t bytes) {
  void *result = realloc(memory, bytes);
  if (result == NULL) {
    fputs("truth_server: out of memory\n", stderr);
    exit(1);
  }
  return result;
}

static struct truth *new_truth(uint32_t asked) {
  struct truth *request = grown(NULL, sizeof *request);
  *request = (struct truth){.serial = (uint32_t)truth_count, .asked = asked, .stamps = grown(NULL, asked * sizeof *request->stamps)};
  if (truth_count == truth_room) truths = grown(truths, (truth_room = truth_room * 2 + 1024) * sizeof *truths);
  truths[truth_count++] = request;
  return request;
}

static int write_truth(const char *path) {
  FILE *file = fopen(path, "wb");
  if (file == NULL) {
    perror(path);
    return 1;
  }
  uint32_t head[2] = {1, (uint32_t)truth_count};
  fwrite("TOKTRUTH", 1, 8, file);
  fwrite(head, sizeof head, 1, file);
  for (size_t index = 0; index < truth_count; index++) {
    const struct truth *one = truths[index];
    int64_t times[3] = {one->received, one->ready, one->ended};
    uint32_t counts[6] = {one->serial, one->connection, one->prompt_tokens, one->asked, one->written, one->complete};
    fwrite(times, sizeof times, 1, file);
    fwrite(counts, sizeof counts, 1, file);
    fwrite(one->stamps, sizeof *one->stamps, one->written, file);
  }
  return fclose(file) == 0 ? 0 : 1;
}

#endif
