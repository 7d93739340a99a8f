/* Who is due next: a binary heap by time. */
#ifndef DUE_HEAP_H
#define DUE_HEAP_H

#include <stddef.h>
#include <stdint.h>

#include "truths.h"

struct waiting {
  int64_t due;
  void *owner;
};

static struct waiting *heap;
static size_t heap_length, heap_room;

static void heap_push(int64_t due, void *owner) {
  if (heap_length == heap_room) heap = grown(heap, (heap_room = heap_room * 2 + 64) * sizeof *heap);
  size_t at = heap_length++;
  for (; at > 0 && heap[(at - 1) / 2].due > due; at = (at - 1) / 2) heap[at] = heap[(at - 1) / 2];
  heap[at] = (struct waiting){due, owner};
}

static void *heap_pop(void) {
  void *top = heap[0].owner;
  struct waiting last = heap[--heap_length];
  size_t at = 0;
  for (size_t child = 1; child < heap_length; at = child, child = at * 2 + 1) {
    if (child + 1 < heap_length && heap[child + 1].due < heap[child].due) child++;
    if (heap[child].due >= last.due) break;
    heap[at] = heap[child];
  }
  heap[at] = last;
  return top;
}

#endif
