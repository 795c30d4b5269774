// Classify: what one HTTP exchange says about one operation. Pure; the rows are in error_table.h,
// the order in which they count is here.
//
//   1. No answer: not sent → retry; perhaps sent → ambiguous.
//   2. A status other than 200: a known errorType in the body, else the table of statuses.
//   3. 200 whose body is no JSON object, or has neither data nor errors → ambiguous. The
//   simulator's
//      {"errorMessage"} → rejected: it is answered before anything is executed.
//   4. The field's own value is there: a configured success condition decides before errors[] does.
//      All hold → confirmed, whatever errors stand below. One fails by its value ("400") →
//      rejected. One fails because its value is null → by the errors; without any → ambiguous. No
//      condition configured: an error at the field itself counts, errors below it do not, since its
//      resolver has returned → confirmed.
//   5. The field is null or missing: by the errors that concern it; without any → ambiguous.
//
// Of several errors the most cautious counts. An error without errorType: no path and no data at
// all → validation, rejected; an empty object or one with a path → ambiguous.
//
// For a query nothing can be half done: what is ambiguous, a conflict or a failed condition is a
// retry, and errors inside the items make the list unfit.
//
// Fields that shared a request are judged each by its own key; classify_shared.h has what is
// different then.
#ifndef TIDEOVER_APPSYNC_CLASSIFY_H_
#define TIDEOVER_APPSYNC_CLASSIFY_H_

#include <optional>
#include <string>
#include <string_view>

#include "appsync/binding.h"
#include "appsync/graphql_answer.h"
#include "base/clock.h"
#include "base/json.h"
#include "net/http.h"
#include "sync/upstream.h"

namespace tideover::appsync {

// Errors and answers may be nested deeper than one document, by the levels of the envelope.
inline constexpr size_t kAnswerDepthMax = json::kDepthMax + 8;
// What of a server's message is kept.
inline constexpr size_t kErrorMessageBytesMax = 1024;
// Cuts on a character's boundary.
std::string CutMessage(std::string text);

struct Verdict {
  sync::PushClass outcome = sync::PushClass::kAmbiguous;
  sync::PushError error;
  std::optional<base::Millis> retry_after;
  // The value of the operation's field; null when there is none.
  json::Value data;
  // kConflict: the server's document, when the error carried it.
  std::optional<json::Value> conflicting;
  // It follows from what was said of the request as a whole, not of this field.
  bool whole = false;
  // The server asks for fewer requests.
  bool throttled = false;
  // What shared the request should go alone: sync::PushResult.alone.
  bool alone = false;
};

Verdict Classify(const OperationBinding& operation, const net::HttpResult& result);

// What the transport gave, its body read once for all the fields in it.
struct Received {
  explicit Received(const net::HttpResult& transport);

  const net::HttpResult& result;
  // Of a response; nothing when its body is no JSON object.
  std::optional<GraphqlAnswer> answer;
};

// The same for the field of that key; takes its value out of `received`.
Verdict ClassifyField(const OperationBinding& operation, std::string_view key, Received* received);

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_CLASSIFY_H_
