// Making a request to the upstream out of what the log and the cache say. Reads a snapshot; on the
// loop thread.
#ifndef TIDEOVER_SYNC_PUSH_REQUEST_H_
#define TIDEOVER_SYNC_PUSH_REQUEST_H_

#include <absl/status/statusor.h>

#include "doors/bundle.h"
#include "doors/rules.h"
#include "log/mutation.h"
#include "store/catalog.h"
#include "store/txn.h"
#include "sync/upstream.h"

namespace tideover::sync {

struct PreparedPush {
  PushRequest request;
  log::LogEntry head;
};

// The bundle that the sent marks of `head` name. NOT_FOUND: the head was taken out meanwhile.
absl::StatusOr<PreparedPush> PreparePush(const store::Reader& reader, const store::Catalog& catalog,
                                         const doors::RulesByCollection& rules, uint64_t head);

}  // namespace tideover::sync

#endif  // TIDEOVER_SYNC_PUSH_REQUEST_H_
