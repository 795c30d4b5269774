// Doors: builds one commit out of whatever waits. A resource, owned by the session; used by the one
// thread that writes (the Writer's, or the simulator's). This is the only place that opens write
// transactions on documents and log.
//
// RunTurn applies all requests in one transaction with one sync to disk (group commit) and fills in
// their answers. When it returns OK everything that was not refused is durable; on any other status
// nothing of the turn is, and the environment must not be written again (the process stops).
// RESOURCE_EXHAUSTED (disk or quota full) is the exception: it is answered to the callers, nothing
// was written, and later turns may succeed.
#ifndef TIDEOVER_DOORS_DOORS_H_
#define TIDEOVER_DOORS_DOORS_H_

#include <absl/status/statusor.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "doors/copied_state.h"
#include "doors/request.h"
#include "doors/rules.h"
#include "doors/turn.h"
#include "store/catalog.h"
#include "store/env.h"
#include "store/place.h"
#include "view/commit_notice.h"

namespace tideover::doors {

using Request = std::variant<CommitRequest, OutboxRequest, MergeRequest>;

struct Answer {
  absl::Status status;
  CommitAnswer commit;  // For a CommitRequest that was accepted.
  MergeAnswer merge;    // For a MergeRequest.
};

class Doors {
 public:
  // Gives each configured collection its number and this device its id, durably. `here` is where
  // the store is opened: a store from elsewhere is a copy (copied_state.h).
  static absl::StatusOr<std::unique_ptr<Doors>> Open(store::Env* env, RulesByCollection rules,
                                                     const base::Clock* clock, base::Random* random,
                                                     const store::Place& here = {},
                                                     RulesByOperation operations = {});

  absl::StatusOr<view::CommitNotice> RunTurn(std::span<const Request* const> requests,
                                             std::vector<Answer>* answers);

  const store::Catalog& catalog() const { return catalog_; }
  const RulesByCollection& rules() const { return rules_; }
  const RulesByOperation& operations() const { return operations_; }
  const std::string& device_id() const { return device_.id; }
  // What was done because the store was found to be a copy; empty: it is none.
  const std::optional<CopiedState>& copied() const { return device_.copied; }
  // Newest commit at the time of Open.
  uint64_t opened_at_commit() const { return opened_at_commit_; }

 private:
  Doors(store::Env* env, RulesByCollection rules, const base::Clock* clock, base::Random* random,
        RulesByOperation operations)
      : env_(env),
        rules_(std::move(rules)),
        operations_(std::move(operations)),
        clock_(clock),
        random_(random) {}
  absl::Status Apply(Turn* turn, const Request& request, Answer* answer);
  absl::StatusOr<view::CommitNotice> Attempt(std::span<const Request* const> requests,
                                             std::vector<Answer>* answers);

  store::Env* const env_;
  const RulesByCollection rules_;
  const RulesByOperation operations_;
  const base::Clock* const clock_;
  base::Random* const random_;
  store::Catalog catalog_;
  Device device_;
  uint64_t opened_at_commit_ = 0;
};

}  // namespace tideover::doors

#endif  // TIDEOVER_DOORS_DOORS_H_
