#include "machine_id.h"

#include <fstream>

namespace tideover {

std::string ReadMachineId(const std::string& path) {
  std::ifstream file(path);
  std::string id;
  file >> id;
  // "uninitialized": an image that has not found out yet which machine it is.
  return id.size() == 32 ? id : std::string();
}

}  // namespace tideover
