// From a verdict on an exchange (classify.h) to what the engine gets: the result of a push, or one
// page of a list. Pure. Here is decided what of the answer's data is fit to be taken for the
// server's state.
#ifndef TIDEOVER_APPSYNC_ANSWER_H_
#define TIDEOVER_APPSYNC_ANSWER_H_

#include <string>
#include <vector>

#include "appsync/binding.h"
#include "appsync/classify.h"
#include "base/json.h"
#include "sync/upstream.h"

namespace tideover::appsync {

// A confirmed create whose answer lacks the id that the server chose is ambiguous: applied, but
// which document it became is unknown. A document without its id, of another id, with only some of
// the list's fields or marked as deleted is not passed on. In a conflict a document that is marked
// as deleted counts as none.
sync::PushResult ReadPush(const CollectionBinding& collection, const OperationBinding& operation,
                          const sync::Mutation& mutation, Verdict verdict);

// What an operation answered, JSON text, is kept up to this size; of a longer one only the fact.
inline constexpr size_t kInvokeResultBytesMax = json::kDocumentBytesMax;

sync::PushResult ReadInvoke(const OperationBinding& operation, const Verdict& verdict);

// The verdicts of `count` writes that a batch operation carried, from the one on its field.
std::vector<Verdict> ReadBatch(const BatchBinding& batch, size_t count, const Verdict& verdict);

struct ListPage {
  // Without documents unless kConfirmed.
  sync::ListResult result;
  // Of the next page; empty: this was the last.
  std::string next_token;
};

// Null is no empty list, and an item that is no document (null, no id) makes the list unfit: kRetry
// that names it. Documents of a versioned backend that are marked as deleted are left out.
ListPage ReadList(const CollectionBinding& collection, Verdict verdict);

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_ANSWER_H_
