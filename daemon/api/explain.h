// Explain: one sentence for people about where a mutation stands: what it waits for, and what they
// can do about it where it does not go on by itself. Pure functions; any thread.
#ifndef TIDEOVER_API_EXPLAIN_H_
#define TIDEOVER_API_EXPLAIN_H_

#include <string>

#include "tideover/v1/mutation.pb.h"

namespace tideover::api {

// From state, hold and attempts. Empty when it has settled.
std::string Explain(const v1::Mutation& mutation);

// Of one that waits for the next list, which is no state of the API.
std::string ExplainVerify();

}  // namespace tideover::api

#endif  // TIDEOVER_API_EXPLAIN_H_
