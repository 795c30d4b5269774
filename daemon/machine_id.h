// The id of this machine, as its operating system keeps it: made when it was installed, and anew
// when it is cloned as it should be. Empty where there is none (a container, another system). Reads
// one file; a secret to others: see machine-id(5).
#ifndef TIDEOVER_MACHINE_ID_H_
#define TIDEOVER_MACHINE_ID_H_

#include <string>

namespace tideover {

std::string ReadMachineId(const std::string& path = "/etc/machine-id");

}  // namespace tideover

#endif  // TIDEOVER_MACHINE_ID_H_
