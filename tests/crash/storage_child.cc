// The storage child as a program of its own, for the shim: storage_child DIRECTORY SEED FIRST_TURN
// [nosync].
#include <cstdlib>
#include <cstring>

#include "crash/child_run.h"

int main(int argc, char** argv) {
  if (argc < 4) return tideover::crash::kExitUsage;
  tideover::crash::ScenarioOptions options;
  options.directory = argv[1];
  options.seed = std::strtoull(argv[2], nullptr, 10);
  options.no_sync = argc > 4 && std::strcmp(argv[4], "nosync") == 0;
  return tideover::crash::RunChild(options, std::atoi(argv[3]));
}
