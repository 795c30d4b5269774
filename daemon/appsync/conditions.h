// CheckConditions: whether the success conditions of a binding hold for a value that the backend
// answered. Pure. What cannot be read (null, missing, an array, an object) is told apart from what
// reads otherwise: only the latter is the backend's word.
#ifndef TIDEOVER_APPSYNC_CONDITIONS_H_
#define TIDEOVER_APPSYNC_CONDITIONS_H_

#include <string>
#include <string_view>
#include <vector>

#include "appsync/binding.h"
#include "base/json.h"

namespace tideover::appsync {

struct Checked {
  // All hold; one reads otherwise; none does, but one cannot be read.
  enum class State { kHold, kFail, kUnreadable };
  State state = State::kHold;
  // The one that counts, for people: `addTodo answered /statusCode = "400", expected "200"`.
  std::string what;
};

// `who` answered `value`, to which the pointers are relative.
Checked CheckConditions(const std::vector<Condition>& conditions, std::string_view who,
                        const json::Value& value);

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_CONDITIONS_H_
