// Coalescing: what several unsent mutations of one document come to as one write. Pure functions.
//
//   first     then update        then replace   then delete   then increment and the like
//   create    create             create         nothing at    create
//                                               all: cancelled
//   update    update, where one  replace        delete        apart
//             patch can say it
//   replace   replace            replace        delete        replace
//   increment and the like: only with another of its own kind, where that is exact
//
// Everything else, and anything after a delete, stays apart. The result has the same effect as the
// two, one after the other, on every document that the first could have met.
#ifndef TIDEOVER_VIEW_COALESCE_H_
#define TIDEOVER_VIEW_COALESCE_H_

#include "base/json.h"
#include "log/mutation.h"

namespace tideover::view {

// One write: a kind, and its change as in Mutation.json (null for a delete).
struct Write {
  log::Mutation::Kind kind = log::Mutation::KIND_UNSPECIFIED;
  json::Value change;
};

enum class Coalesced {
  kOne,        // `*write` is both now.
  kCancelled,  // Together they do nothing; `*write` is as it was.
  kApart,      // They cannot be one write; `*write` is as it was.
};

Coalesced Coalesce(Write* write, log::Mutation::Kind kind, const json::Value& change);

// One merge patch with the effect of `first`, then `second`. False, and `*first` as it was, when no
// patch says that: the first replaces what the second goes into.
bool ComposePatches(json::Value* first, const json::Value& second);

}  // namespace tideover::view

#endif  // TIDEOVER_VIEW_COALESCE_H_
