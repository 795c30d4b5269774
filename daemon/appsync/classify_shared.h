// ClassifyShared: what one HTTP exchange says about each of the calls that shared it. Pure. Every
// call is judged by classify.h, by its own key; what concerned the request as a whole is judged
// again here, because it says nothing of the one call:
//
//   refused as a whole, nothing executed   → retry, alone: one of them is at fault, or their sum
//   (400, 403, 413, validation, no data)
//   a whole's refusal, throttling, 401,    → ambiguous: it was executed in part, and how far is
//   but some field has a value               not known
//   a conflict or a success of nobody      → ambiguous
//   the answer began and could not be      → ambiguous, alone: it may be too long only for all
//   read to its end                          of them together
//
// The same goes for what was said of a field that carries several writes (Call.several), none of
// them. A call that is missing in the data and has no error is ambiguous, as ever.
#ifndef TIDEOVER_APPSYNC_CLASSIFY_SHARED_H_
#define TIDEOVER_APPSYNC_CLASSIFY_SHARED_H_

#include <span>
#include <vector>

#include "appsync/classify.h"
#include "appsync/graphql.h"
#include "net/http.h"

namespace tideover::appsync {

// One verdict for each call, in their order.
std::vector<Verdict> ClassifyShared(std::span<const Call> calls, const net::HttpResult& result);

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_CLASSIFY_SHARED_H_
