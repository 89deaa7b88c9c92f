// A disk that takes its time: while the file that SLOW_DISK names is there, nothing that is to reach the disk does.
// Loaded before a program (LD_PRELOAD), it stands between the program and the C library.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static int wait_then(const char *name, int file) {
  const char *slow = getenv("SLOW_DISK");
  while (slow && access(slow, F_OK) == 0) usleep(20000);
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  return real(file);
}

int fsync(int file) { return wait_then("fsync", file); }
int fdatasync(int file) { return wait_then("fdatasync", file); }
