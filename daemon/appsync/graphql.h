// Writes GraphQL requests: typed variables, one operation of one field, or of several fields that
// share a request under aliases (m0, m1, …; their variables are m0_content, …). Pure. A nullable
// argument whose variable is not given counts as not written, so an operation's text is the same
// for every document.
#ifndef TIDEOVER_APPSYNC_GRAPHQL_H_
#define TIDEOVER_APPSYNC_GRAPHQL_H_

#include <span>
#include <string>
#include <string_view>

#include "appsync/binding.h"
#include "base/json.h"

namespace tideover::appsync {

// An operation that is to be executed, with the values of its arguments (an object).
struct Call {
  // Outlives the call.
  const OperationBinding* operation = nullptr;
  json::Value arguments;
  // It carries several writes, each with its own outcome (BatchBinding).
  bool several = false;
};

// The name of the field in the answer's data and in the paths of its errors.
std::string ResponseKey(std::span<const Call> calls, size_t index);

// mutation addTodo($content: String!) { addTodo(content: $content) { statusCode todo { _id } } }
// mutation Several($m0_content: String!, …) { m0: addTodo(content: $m0_content) { … } m1: … }
std::string WriteOperations(std::span<const Call> calls);

// The body of the POST: {"query":"…","variables":{…}}.
std::string WriteRequest(std::span<const Call> calls);

// What the call adds to a request that several share, at most: tokens of the query, and bytes of
// the body.
struct CallSize {
  size_t tokens = 0;
  size_t bytes = 0;
};
CallSize SizeOf(const Call& call);

// Tokens as AppSync counts them for its limit; commas, of which that is not known, count too.
size_t CountTokens(std::string_view query);

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_GRAPHQL_H_
