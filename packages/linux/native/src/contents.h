// The content of one open file into another.
#pragma once

#include <sys/stat.h>

namespace wharf {

// All of `in`, whose status is given, into `out`, which is empty. Holes stay holes, blocks are shared where the file
// system can. False with errno.
bool copyContent(int in, const struct stat& status, int out);

// A regular file below a directory for reading; no link is followed and no device opened. -1 with errno, ENOENT also for
// what is no file.
int openContent(int dir, const char* path, struct stat& status);

}  // namespace wharf
