// From a verdict on an exchange (classify.h) to what the engine gets: the result of a push, or one
// page of a list. Pure. Here is decided what of the answer's data is fit to be taken for the
// server's state.
#ifndef TIDEOVER_APPSYNC_ANSWER_H_
#define TIDEOVER_APPSYNC_ANSWER_H_

#include <string>
#include <vector>

#include "appsync/binding.h"
#include "appsync/classify.h"
#include "sync/upstream.h"

namespace tideover::appsync {

// A confirmed create whose answer lacks the id that the server chose is ambiguous: applied, but
// which document it became is unknown. A document without its id, of another id or with only some
// of the list's fields is not passed on.
sync::PushResult ReadPush(const CollectionBinding& collection, const OperationBinding& operation,
                          const sync::Mutation& mutation, Verdict verdict);

struct ListPage {
  // Without documents unless kConfirmed.
  sync::ListResult result;
  // Of the next page; empty: this was the last.
  std::string next_token;
};

// Null is no empty list, and an item that is no document (null, no id) makes the list unfit: kRetry
// that names it.
ListPage ReadList(const CollectionBinding& collection, Verdict verdict);

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_ANSWER_H_
