#include "appsync/graphql.h"

#include <fmt/format.h>

namespace tideover::appsync {
namespace {

struct Written {
  std::string variables;  // $content: String!
  std::string arguments;  // content: $content
};

void Append(std::string_view name, std::string_view type, Written* written) {
  const char* comma = written->variables.empty() ? "" : ", ";
  written->variables += fmt::format("{}${}: {}", comma, name, type);
  written->arguments += fmt::format("{}{}: ${}", comma, name, name);
}

std::string InParentheses(const std::string& text) {
  return text.empty() ? "" : fmt::format("({})", text);
}

}  // namespace

std::string WriteOperation(const OperationBinding& operation) {
  Written written;
  if (!operation.input_type.empty()) {
    Append("input", operation.input_type, &written);
  } else {
    for (const Argument& argument : operation.arguments) {
      Append(argument.name, argument.type.Written(), &written);
    }
  }
  const std::string select =
      operation.select.empty() ? "" : fmt::format(" {{ {} }}", WriteSelection(operation.select));
  return fmt::format("{} {}{} {{ {}{}{} }}",
                     operation.kind == OperationKind::kQuery ? "query" : "mutation",
                     operation.field, InParentheses(written.variables), operation.field,
                     InParentheses(written.arguments), select);
}

std::string WriteRequest(const OperationBinding& operation, const json::Value& arguments) {
  json::Value variables = json::Value::Object();
  if (operation.input_type.empty()) {
    variables = arguments;
  } else {
    variables.Set("input", arguments);
  }
  json::Value request = json::Value::Object();
  request.Set("query", json::Value::String(WriteOperation(operation)));
  request.Set("variables", std::move(variables));
  return json::Write(request);
}

}  // namespace tideover::appsync
