// Three-way merge: what is left to send of a write that was made on another document than the
// server has now. Pure functions.
//
// The merge goes by member, objects member by member in turn; lists and scalars are wholes. What
// only one side changed is taken from that side, what both changed alike is no conflict, and what
// they changed differently follows `prefer`. A side changed a member when it has another value
// than in the base: a patch that says again what was there changed nothing, so that forms which
// send all their fields do not undo the work of others. A member that is null is as good as
// missing.
//
//   ours        theirs is gone                      theirs is there
//   create      as it was                           a patch of what theirs lacks
//   update      server: impossible                  a patch
//   replace     client: a create of all of it       the merged document
//   delete      nothing left                        as it was, unless they changed the document and
//                                                   the server is preferred: impossible
//   increment and the like: impossible              as it was, for it commutes
#ifndef TIDEOVER_VIEW_THREE_WAY_H_
#define TIDEOVER_VIEW_THREE_WAY_H_

#include <optional>
#include <string_view>

#include "base/json.h"
#include "view/coalesce.h"

namespace tideover::view {

// Who wins a member that both sides changed.
enum class Prefer { kServer, kClient };

struct Merged {
  enum class Result {
    kSend,        // `write`, on top of theirs.
    kNothing,     // Theirs says it all.
    kImpossible,  // One side deleted what the other changed.
  };
  Result result = Result::kNothing;
  Write write;
};

// `base` is the document that ours was made on; empty: there was none, or none is known. The id
// member never takes part.
Merged MergeThreeWay(const std::optional<json::Value>& base, const Write& ours,
                     const std::optional<json::Value>& theirs, Prefer prefer,
                     std::string_view id_field);

// The merge patch that makes `to` of `from`; an empty object when they are alike.
json::Value DiffPatch(const json::Value& from, const json::Value& to);

}  // namespace tideover::view

#endif  // TIDEOVER_VIEW_THREE_WAY_H_
