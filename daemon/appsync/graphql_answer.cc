#include "appsync/graphql_answer.h"

#include <utility>

#include "appsync/classify.h"

namespace tideover::appsync {
namespace {

// Paths of AppSync are a few names long; what a hostile one has beyond this is not read.
constexpr size_t kErrorPathBytesMax = 4096;

std::string TextOf(const json::Value& object, std::string_view name) {
  const json::Value* value = object.Find(name);
  return value != nullptr && value->is_string() ? value->text() : "";
}

GraphqlError ReadError(const json::Value& value) {
  GraphqlError error;
  error.type = TextOf(value, "errorType");
  error.message = TextOf(value, "message");
  if (const json::Value* path = value.Find("path")) {
    for (const json::Value& step : path->elements()) {
      error.path += "/" + step.text();
      if (error.path.size() > kErrorPathBytesMax) break;
    }
  }
  if (const json::Value* data = value.Find("data")) error.data = *data;
  const json::Value* code = value.Find("errorCode");
  const int64_t status = code == nullptr ? 0 : code->AsInt64().value_or(0);
  if (status >= 100 && status < 600) error.code = static_cast<int>(status);
  return error;
}

}  // namespace

bool GraphqlError::IsAtOrBelow(std::string_view pointer) const {
  return path.starts_with(pointer) &&
         (path.size() == pointer.size() || path[pointer.size()] == '/');
}

std::vector<GraphqlError> ReadErrors(const json::Value& object) {
  std::vector<GraphqlError> errors;
  const json::Value* written = object.Find("errors");
  if (written == nullptr) return errors;
  if (written->is_object()) errors.push_back(ReadError(*written));
  for (const json::Value& error : written->elements()) {
    if (errors.size() >= kAnswerErrorsMax) break;
    errors.push_back(ReadError(error));
  }
  return errors;
}

std::optional<GraphqlAnswer> ParseAnswer(std::string_view body) {
  // The transport has limited the bytes.
  absl::StatusOr<json::Value> root =
      json::ParseObject(body, {.bytes_max = body.size(), .depth_max = kAnswerDepthMax});
  if (!root.ok()) return std::nullopt;
  GraphqlAnswer answer;
  if (json::Value* data = root->Find("data"); data != nullptr && data->is_object()) {
    answer.data = std::move(*data);
  }
  const json::Value* errors = root->Find("errors");
  if (errors != nullptr && errors->elements().size() > kAnswerErrorsMax) return std::nullopt;
  answer.errors = ReadErrors(*root);
  answer.error_message = TextOf(*root, "errorMessage");
  return answer;
}

}  // namespace tideover::appsync
