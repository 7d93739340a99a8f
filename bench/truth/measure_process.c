/*
 * Runs a command and writes what its whole process tree cost, as JSON, to a file:
 *
 *   measure_process RESULT TIMEOUT_SECONDS COMMAND [ARGUMENT...]
 *
 * CPU time is exact for every process that ended (orphans come to this process, and are waited for); the peak of one process is the
 * kernel's; the peak of the tree is the largest sum of resident memory seen at ten samples a second, which counts shared pages
 * once a process. The command is killed, with its tree, after the timeout.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

enum { most_processes = 8192 };

static pid_t pids[most_processes], parents[most_processes];
static long resident[most_processes];
static bool mine[most_processes];
static int process_count;

static void read_process(pid_t pid) {
  char path[64], text[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  FILE *file = fopen(path, "r");
  if (file == NULL || process_count == most_processes) {
    if (file != NULL) fclose(file);
    return;
  }
  size_t length = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[length] = 0;
  /* The name may hold blanks and brackets: the fields begin behind its last bracket. */
  const char *fields = strrchr(text, ')');
  int parent = 0;
  long pages = 0;
  if (fields == NULL || sscanf(fields + 2, "%*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %*u %*u %ld", &parent, &pages) != 2)
    return;
  pids[process_count] = pid;
  parents[process_count] = parent;
  resident[process_count] = pages;
  mine[process_count++] = parent == getpid();
}

/* Finds the tree below this process; returns its resident bytes. */
static long read_tree(void) {
  process_count = 0;
  DIR *folder = opendir("/proc");
  if (folder == NULL) return 0;
  for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
    pid_t pid = (pid_t)atoi(entry->d_name);
    if (pid > 0) read_process(pid);
  }
  closedir(folder);
  for (bool changed = true; changed;) {
    changed = false;
    for (int index = 0; index < process_count; index++) {
      for (int above = 0; !mine[index] && above < process_count; above++) {
        if (mine[above] && pids[above] == parents[index]) mine[index] = changed = true;
      }
    }
  }
  long pages = 0;
  for (int index = 0; index < process_count; index++) pages += mine[index] ? resident[index] : 0;
  return pages * sysconf(_SC_PAGESIZE);
}

static void end_tree(int how) {
  read_tree();
  for (int index = 0; index < process_count; index++) {
    if (mine[index]) kill(pids[index], how);
  }
}

static double seconds_of(struct timeval time) { return (double)time.tv_sec + (double)time.tv_usec / 1e6; }

int main(int count, char **arguments) {
  if (count < 4) {
    fputs("measure_process RESULT TIMEOUT_SECONDS COMMAND [ARGUMENT...]\n", stderr);
    return 2;
  }
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  int64_t begun = now_ns();
  int64_t limit = begun + (int64_t)(atof(arguments[2]) * 1e9);
  pid_t child = fork();
  if (child < 0) {
    perror("fork");
    return 1;
  }
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execvp(arguments[3], arguments + 3);
    perror(arguments[3]);
    _exit(127);
  }
  long peak = 0;
  int status = 0;
  int64_t ended = 0, sampled = 0;
  bool timed_out = false;
  for (;;) {
    int one = 0;
    pid_t gone = waitpid(-1, &one, WNOHANG);
    int64_t now = now_ns();
    if (gone == child) {
      status = one;
      ended = now;
    }
    if (gone > 0) continue;
    if (gone < 0 && errno == ECHILD) break;
    /* What the command left behind gets a second, then it is ended. */
    if (ended != 0 && now - ended > 1000000000) end_tree(SIGKILL);
    if (ended == 0 && now > limit) {
      end_tree(timed_out ? SIGKILL : SIGTERM);
      timed_out = true;
      limit = now + 5000000000;
    }
    if (now - sampled > 100000000) {
      long bytes = read_tree();
      if (bytes > peak) peak = bytes;
      sampled = now;
    }
    usleep(5000);
  }
  struct rusage usage;
  getrusage(RUSAGE_CHILDREN, &usage);
  FILE *file = fopen(arguments[1], "w");
  if (file == NULL) {
    perror(arguments[1]);
    return 1;
  }
  long largest = usage.ru_maxrss * 1024;
  fprintf(file,
          "{\"beginNs\":\"%lld\",\"endNs\":\"%lld\",\"exitCode\":%d,\"signal\":%d,\"timedOut\":%s,\"userSeconds\":%.6f,\"systemSeconds\":%.6f,"
          "\"peakProcessBytes\":%ld,\"peakTreeBytes\":%ld}\n",
          (long long)begun, (long long)ended, WIFEXITED(status) ? WEXITSTATUS(status) : -1, WIFSIGNALED(status) ? WTERMSIG(status) : 0,
          timed_out ? "true" : "false", seconds_of(usage.ru_utime), seconds_of(usage.ru_stime), largest, peak > largest ? peak : largest);
  fclose(file);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
