// Merging a whole list of a collection: what it says, and what may be concluded from what it leaves
// out. The server read it at some moment after it was asked for, so it proves nothing about a
// document in which a mutation settled since, nor about one to which a sum is under way: such a
// document keeps its state and the collection is listed again. Absence deletes only documents that
// nothing pending touches. On the writer's thread.
#ifndef TIDEOVER_DOORS_LIST_MERGE_H_
#define TIDEOVER_DOORS_LIST_MERGE_H_

#include <absl/status/status.h>

#include "doors/request.h"
#include "doors/turn.h"

namespace tideover::doors {

absl::Status MergeList(Turn* turn, const List& list, MergeAnswer* answer);

}  // namespace tideover::doors

#endif  // TIDEOVER_DOORS_LIST_MERGE_H_
