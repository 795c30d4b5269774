// FrontEnd: what AppSync does in front of the model server: requests that are refused as a whole,
// and mutations that are carried out one after the other, each with its own outcome. Functions over
// the network, whose faults they draw.
#ifndef TIDEOVER_TESTS_SIM_FRONT_END_H_
#define TIDEOVER_TESTS_SIM_FRONT_END_H_

#include <string>
#include <vector>

#include "sim/network.h"

namespace tideover::sim {

inline constexpr const char* kClassNames[] = {"confirmed", "rejected",     "conflict",
                                              "retry",     "unauthorized", "ambiguous"};

sync::PushResult Failure(sync::PushClass outcome, uint32_t status, const char* message);
sync::ListResult ListFailure(sync::PushClass outcome, uint32_t status, const char* message);

// One result for each of the requests; `collections` has the name of each one's collection.
std::vector<sync::PushResult> Serve(Network& network, int daemon,
                                    const std::vector<sync::PushRequest>& requests,
                                    const std::vector<std::string>& collections);
sync::ListResult ServeList(Network& network, int daemon, const std::string& collection);

}  // namespace tideover::sim

#endif  // TIDEOVER_TESTS_SIM_FRONT_END_H_
