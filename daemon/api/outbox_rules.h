// Which mutations an operator's verb may be applied to, in one table: a mutation that is named is
// changed, left as it is because it already is as it should be, or refused with the reason. Pure
// functions; any thread. The doors check again, for a mutation may move on in between.
#ifndef TIDEOVER_API_OUTBOX_RULES_H_
#define TIDEOVER_API_OUTBOX_RULES_H_

#include <set>

#include "doors/request.h"
#include "log/mutation.h"
#include "tideover/v1/mutation.pb.h"

namespace tideover::api {

struct Ruling {
  enum class Fit { kChange, kLeave, kRefuse };
  Fit fit = Fit::kChange;
  const char* why = "";  // Of a refusal: "the mutation … <why>".
};

// `state` is the mutation as FillPending says it.
Ruling RulePending(doors::OutboxRequest::Verb verb, const log::PushState& push,
                   const v1::Mutation& state);
Ruling RuleSettled(doors::OutboxRequest::Verb verb, log::SettledEntry::Outcome outcome);

// The states by which mutations can be selected for the verb.
std::set<v1::MutationState> SelectableStates(doors::OutboxRequest::Verb verb);

}  // namespace tideover::api

#endif  // TIDEOVER_API_OUTBOX_RULES_H_
