// Merging what the server tells of one document by itself: a hint that may be late, doubled or out
// of order. It is taken only where a version proves that it is newer than a base that is there;
// where nothing proves it (no versions, a document that is not known here, one that is gone, one to
// which a sum is under way, a deletion with the version that is here), it changes nothing and the
// collection is to be listed. So a late message neither takes a document back to an older state nor
// brings a deleted one back. On the writer's thread.
#ifndef TIDEOVER_DOORS_TOLD_MERGE_H_
#define TIDEOVER_DOORS_TOLD_MERGE_H_

#include <absl/status/status.h>

#include "doors/request.h"
#include "doors/turn.h"

namespace tideover::doors {

absl::Status MergeTold(Turn* turn, const Told& told, MergeAnswer* answer);

}  // namespace tideover::doors

#endif  // TIDEOVER_DOORS_TOLD_MERGE_H_
