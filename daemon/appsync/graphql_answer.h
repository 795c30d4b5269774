// GraphqlAnswer: the body of an answer, read defensively: data, errors[] and the simulator's
// errorMessage. A value. Errors may be empty objects, their types and paths may be missing, and
// `errors` itself has been seen as an object.
#ifndef TIDEOVER_APPSYNC_GRAPHQL_ANSWER_H_
#define TIDEOVER_APPSYNC_GRAPHQL_ANSWER_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace tideover::appsync {

struct GraphqlError {
  // "Lambda:Unhandled"; empty: none.
  std::string type;
  std::string message;
  // Response keys and indexes, as a JSON pointer: "/updateTodo/todo/_id". Empty: none.
  std::string path;
  // What the resolver gave along; null when nothing.
  json::Value data;
  // An HTTP status, as errors of the realtime protocol have one; 0: none.
  int code = 0;

  bool empty() const { return type.empty() && message.empty() && path.empty(); }
  // The path starts with these: "/listTodo" is a part of "/listTodo/todoList".
  bool IsAtOrBelow(std::string_view pointer) const;
};

struct GraphqlAnswer {
  // An object, or null when there was none.
  json::Value data;
  std::vector<GraphqlError> errors;
  // The simulator's, for what it did not execute.
  std::string error_message;
};

// Errors of one answer that are read. One with more says nothing that can be relied on.
inline constexpr size_t kAnswerErrorsMax = 10'000;

// What stands under `errors` in an object: nothing, one error or several, of which so many are
// read.
std::vector<GraphqlError> ReadErrors(const json::Value& object);

// Nothing when the body is no JSON object, or has too many errors.
std::optional<GraphqlAnswer> ParseAnswer(std::string_view body);

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_GRAPHQL_ANSWER_H_
