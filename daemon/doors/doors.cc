#include "doors/doors.h"

#include <fmt/format.h>

#include "base/planted_bug.h"
#include "base/status_macros.h"
#include "doors/commit_door.h"
#include "doors/merge_door.h"
#include "doors/outbox_door.h"

namespace tideover::doors {

absl::StatusOr<std::unique_ptr<Doors>> Doors::Open(store::Env* env, RulesByCollection rules,
                                                   const base::Clock* clock, base::Random* random,
                                                   const store::Place& here,
                                                   RulesByOperation operations) {
  std::unique_ptr<Doors> doors(
      new Doors(env, std::move(rules), clock, random, std::move(operations)));
  ASSIGN_OR_RETURN(store::WriteTxn txn, env->BeginWrite());
  std::vector<std::string> names;
  for (const auto& [name, unused] : doors->rules_) names.push_back(name);
  ASSIGN_OR_RETURN(doors->catalog_, store::Catalog::Load(&txn, names));
  ASSIGN_OR_RETURN(doors->device_, SettleIn(&txn, here, clock->Wall(), random));
  ASSIGN_OR_RETURN(const log::Counters counters, log::ReadCounters(txn.reader()));
  doors->opened_at_commit_ = counters.last_commit();
  RETURN_IF_ERROR(txn.Commit());
  return doors;
}

absl::StatusOr<view::CommitNotice> Doors::RunTurn(std::span<const Request* const> requests,
                                                  std::vector<Answer>* answers) {
  absl::StatusOr<view::CommitNotice> notice = Attempt(requests, answers);
  if (notice.ok() || !absl::IsResourceExhausted(notice.status())) return notice;
  // Full: nothing was written. Every caller is told; what only frees room may fit by itself.
  for (Answer& answer : *answers) answer = {notice.status(), {}, {}};
  return view::CommitNotice();
}

absl::StatusOr<view::CommitNotice> Doors::Attempt(std::span<const Request* const> requests,
                                                  std::vector<Answer>* answers) {
  answers->assign(requests.size(), Answer());
  ASSIGN_OR_RETURN(store::WriteTxn txn, env_->BeginWrite());
  ASSIGN_OR_RETURN(log::Counters counters, log::ReadCounters(txn.reader()));
  Turn turn{&txn, &catalog_, &rules_, &device_.id, random_, clock_->Wall(), counters, {}};
  bool wrote = false;
  for (size_t i = 0; i < requests.size(); ++i) {
    // Each request has its own number, also where several share one sync to disk: a document that
    // two of them changed must not have one revision for both.
    const uint64_t before = turn.commit();
    turn.counters.set_last_commit(before + 1);
    const absl::Status status = Apply(&turn, *requests[i], &(*answers)[i]);
    (*answers)[i].status = status;
    if (status.ok()) {
      wrote = true;
    } else if (IsRefusal(status)) {
      turn.counters.set_last_commit(before);
    } else {
      return status;
    }
  }
  if (!wrote) return view::CommitNotice();
  RETURN_IF_ERROR(log::WriteCounters(&txn, turn.counters));
  if (!PLANTED_BUG(kAnsweredBeforeCommit)) RETURN_IF_ERROR(txn.Commit());
  turn.notice.commit = turn.commit();
  return std::move(turn.notice);
}

absl::Status Doors::Apply(Turn* turn, const Request& request, Answer* answer) {
  if (const auto* commit = std::get_if<CommitRequest>(&request)) {
    ASSIGN_OR_RETURN(answer->commit, Commit(turn, *commit));
    return absl::OkStatus();
  }
  if (const auto* outbox = std::get_if<OutboxRequest>(&request)) {
    return ApplyOutboxRequest(turn, *outbox);
  }
  for (const MergeEvent& event : std::get<MergeRequest>(request).events) {
    RETURN_IF_ERROR(Merge(turn, event, &answer->merge));
  }
  answer->merge.commit = turn->commit();
  return absl::OkStatus();
}

}  // namespace tideover::doors
