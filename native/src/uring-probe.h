// Tries what the io_uring backend relies on: versions say little, and a kernel may be told to refuse.
#pragma once

#include <string>

namespace akasa {

// 0, or -errno with the thing that failed in `step`.
int probeUring(std::string* step);

}  // namespace akasa
