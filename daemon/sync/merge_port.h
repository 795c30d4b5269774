// MergePort: the engine's way to the merge door. Implemented by the daemon (over the writer thread)
// and by the simulator. Called on the loop thread; `done` is called exactly once, on the loop
// thread, never before Merge has returned, and after the commit's notice was given to the engine.
// Requests are applied in the order in which they were given.
#ifndef TIDEOVER_SYNC_MERGE_PORT_H_
#define TIDEOVER_SYNC_MERGE_PORT_H_

#include <absl/functional/any_invocable.h>

#include "doors/doors.h"
#include "doors/request.h"

namespace tideover::sync {

class MergePort {
 public:
  virtual ~MergePort() = default;
  virtual void Merge(doors::MergeRequest request, absl::AnyInvocable<void(doors::Answer)> done) = 0;
};

}  // namespace tideover::sync

#endif  // TIDEOVER_SYNC_MERGE_PORT_H_
