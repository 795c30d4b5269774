// A conflict: the server holds another version of the document than the mutation was made on, and
// did not apply it. What follows is the collection's mode:
//
//   last_write_wins         theirs becomes the base, and ours is sent again on top of it
//   optimistic_concurrency  theirs becomes the base, ours is a dead letter with both sides
//   merge                   what is left of ours (view/three_way.h) is sent again on top of theirs;
//                           nothing left: confirmed; impossible: a dead letter
//   manual, handler         theirs becomes the base, ours is held over it until somebody decides
//
// In every mode what theirs says already is confirmed, where ours is a delete or an earlier attempt
// of it may have arrived; and a sum that may have arrived, but that theirs does not show, is held:
// nobody can say whether theirs contains it. Nothing is dropped without a word.
//
// Of a bundle each mutation is treated by itself, with the same theirs. A merge goes on through the
// rest of the lane, as far as it was made on older versions, each on what the one before left: so
// that our own writes never conflict with each other. A hold is the head's; the rest waits behind.
#ifndef TIDEOVER_DOORS_CONFLICT_H_
#define TIDEOVER_DOORS_CONFLICT_H_

#include <absl/status/status.h>

#include <cstdint>

#include "doors/request.h"
#include "doors/turn.h"
#include "log/mutation.h"
#include "view/coalesce.h"

namespace tideover::doors {

// Conflicts of one mutation in a row that are resolved without asking; the next one is held.
inline constexpr uint32_t kMergesMax = 10;

absl::Status MergeConflicted(Turn* turn, const Conflicted& event);

// Puts another write in place of what the entry writes; LogEntry.original keeps the app's.
void ChangeContent(log::LogEntry* entry, const view::Write& write);

}  // namespace tideover::doors

#endif  // TIDEOVER_DOORS_CONFLICT_H_
