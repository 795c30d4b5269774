// Makes and changes network links, addresses and routes with iproute2's `ip`, in the calling
// thread's network namespace. False where it failed or is not to be had; what it wrote is dropped.
#ifndef TIDEOVER_TESTS_LOOP_IP_H_
#define TIDEOVER_TESTS_LOOP_IP_H_

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "support/process.h"

namespace tideover::loop {

inline bool Ip(const std::string& words) {
  std::vector<std::string> command = {"ip"};
  std::istringstream stream(words);
  for (std::string word; stream >> word;) command.push_back(word);
  return support::RunProcess({.words = std::move(command)}).exit == support::Exit{.code = 0};
}

}  // namespace tideover::loop

#endif  // TIDEOVER_TESTS_LOOP_IP_H_
