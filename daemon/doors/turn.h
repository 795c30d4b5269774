// Turn: what the doors share while they build one commit: the open transaction, the counters, and
// the notice that is published when it is durable. Lives on the writer's stack.
#ifndef TIDEOVER_DOORS_TURN_H_
#define TIDEOVER_DOORS_TURN_H_

#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "doors/rules.h"
#include "log/mutation_log.h"
#include "store/catalog.h"
#include "store/txn.h"
#include "view/commit_notice.h"

namespace tideover::doors {

struct Turn {
  store::WriteTxn* txn;
  const store::Catalog* catalog;
  const RulesByCollection* rules;
  const std::string* device_id;
  base::Random* random;
  base::WallTime now;
  // Written back at the end of the turn; last_commit is already the number of the request that is
  // being applied.
  log::Counters counters;
  view::CommitNotice notice;

  const store::Reader& reader() const { return txn->reader(); }
  uint64_t commit() const { return counters.last_commit(); }
};

}  // namespace tideover::doors

#endif  // TIDEOVER_DOORS_TURN_H_
