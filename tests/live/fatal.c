/*
 * Preloaded into a governor by the kill tests: counts its calls that change names or make data
 * durable, over all threads, writes each to FATAL_LOG, and kills the process just before call
 * number FATAL_CALL (never, if that is not set). strace cannot do this: its counters are per
 * thread, and which thread does file work changes from run to run.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static atomic_long calls;
static long fatal;
static int log_file = -1;

__attribute__((constructor)) static void begin(void) {
  const char *call = getenv("FATAL_CALL"), *path = getenv("FATAL_LOG");
  fatal = call ? atol(call) : 0;
  if (path) log_file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

static void before(const char *call, const char *path) {
  long number = atomic_fetch_add(&calls, 1) + 1;
  char line[4200];
  int length = snprintf(line, sizeof line, "%ld %s %.4096s\n", number, call, path);
  if (log_file >= 0 && write(log_file, line, length) != length) abort();
  if (number == fatal) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
  }
}

static const char *path_of(int file, char *buffer, size_t size) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, buffer, size - 1);
  buffer[length > 0 ? length : 0] = 0;
  return buffer;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int rename(const char *from, const char *to) {
  before("rename", to);
  return REAL(rename)(from, to);
}

int renameat(int a, const char *from, int b, const char *to) {
  before("renameat", to);
  return REAL(renameat)(a, from, b, to);
}

int renameat2(int a, const char *from, int b, const char *to, unsigned int flags) {
  before("renameat2", to);
  return REAL(renameat2)(a, from, b, to, flags);
}

int unlink(const char *path) {
  before("unlink", path);
  return REAL(unlink)(path);
}

int unlinkat(int a, const char *path, int flags) {
  before("unlinkat", path);
  return REAL(unlinkat)(a, path, flags);
}

int link(const char *from, const char *to) {
  before("link", to);
  return REAL(link)(from, to);
}

int linkat(int a, const char *from, int b, const char *to, int flags) {
  before("linkat", to);
  return REAL(linkat)(a, from, b, to, flags);
}

int mkdir(const char *path, mode_t mode) {
  before("mkdir", path);
  return REAL(mkdir)(path, mode);
}

int mkdirat(int a, const char *path, mode_t mode) {
  before("mkdirat", path);
  return REAL(mkdirat)(a, path, mode);
}

int fsync(int file) {
  char path[4096];
  before("fsync", path_of(file, path, sizeof path));
  return REAL(fsync)(file);
}

int fdatasync(int file) {
  char path[4096];
  before("fdatasync", path_of(file, path, sizeof path));
  return REAL(fdatasync)(file);
}
