#include "appsync/graphql.h"

#include <fmt/format.h>

#include <utility>

namespace tideover::appsync {
namespace {

// The longest alias that can be ("m99999"), and how often it is written for each argument:
// declared, used, and given a value.
constexpr size_t kAliasBytesMax = 6;
constexpr size_t kTimesPerArgument = 3;

bool IsWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

struct Written {
  std::string variables;  // $m0_content: String!
  std::string fields;     // m0: addTodo(content: $m0_content) { statusCode }
};

std::string_view WordOf(OperationKind kind) {
  static constexpr std::string_view kWords[] = {"query", "mutation", "subscription"};
  return kWords[static_cast<size_t>(kind)];
}

std::string AliasOf(size_t index) { return fmt::format("m{}", index); }

// `prefix` of the variables' names: "m0_", or nothing.
void Append(const OperationBinding& operation, const std::string& prefix, Written* written) {
  std::string arguments;
  const auto append = [&](std::string_view name, std::string_view type) {
    written->variables +=
        fmt::format("{}${}{}: {}", written->variables.empty() ? "" : ", ", prefix, name, type);
    arguments += fmt::format("{}{}: ${}{}", arguments.empty() ? "" : ", ", name, prefix, name);
  };
  if (!operation.input_type.empty()) {
    append("input", operation.input_type);
  } else {
    for (const Argument& argument : operation.arguments) {
      append(argument.name, argument.type.Written());
    }
  }
  written->fields += operation.field;
  if (!arguments.empty()) written->fields += fmt::format("({})", arguments);
  if (!operation.select.empty()) {
    written->fields += fmt::format(" {{ {} }}", WriteSelection(operation.select));
  }
}

void AppendVariables(const Call& call, const std::string& prefix, json::Value* variables) {
  if (!call.operation->input_type.empty()) {
    variables->members().push_back({prefix + "input", call.arguments});
    return;
  }
  for (const json::Member& member : call.arguments.members()) {
    variables->members().push_back({prefix + member.name, member.value});
  }
}

}  // namespace

std::string ResponseKey(std::span<const Call> calls, size_t index) {
  return calls.size() == 1 ? calls[0].operation->field : AliasOf(index);
}

std::string WriteOperations(std::span<const Call> calls) {
  const OperationBinding& first = *calls.front().operation;
  Written written;
  if (calls.size() == 1) {
    Append(first, "", &written);
  } else {
    for (size_t i = 0; i < calls.size(); ++i) {
      written.fields += fmt::format("{}{}: ", i == 0 ? "" : " ", AliasOf(i));
      Append(*calls[i].operation, AliasOf(i) + "_", &written);
    }
  }
  return fmt::format(
      "{} {}{} {{ {} }}", WordOf(first.kind), calls.size() == 1 ? first.field : "Several",
      written.variables.empty() ? "" : fmt::format("({})", written.variables), written.fields);
}

std::string WriteRequest(std::span<const Call> calls) {
  json::Value variables = json::Value::Object();
  for (size_t i = 0; i < calls.size(); ++i) {
    AppendVariables(calls[i], calls.size() == 1 ? "" : AliasOf(i) + "_", &variables);
  }
  json::Value request = json::Value::Object();
  request.Set("query", json::Value::String(WriteOperations(calls)));
  request.Set("variables", std::move(variables));
  return json::Write(request);
}

size_t CountTokens(std::string_view query) {
  size_t tokens = 0;
  for (size_t i = 0; i < query.size(); ++i) {
    if (query[i] == ' ') continue;
    ++tokens;
    while (IsWord(query[i]) && i + 1 < query.size() && IsWord(query[i + 1])) ++i;
  }
  return tokens;
}

CallSize SizeOf(const Call& call) {
  constexpr size_t kTokensOfAlias = 3;  // "m0", ":", and a comma between the variables.
  Written written;
  Append(*call.operation, "", &written);
  const size_t names = 1 + call.operation->arguments.size();
  return {CountTokens(written.variables) + CountTokens(written.fields) + kTokensOfAlias,
          written.variables.size() + written.fields.size() + json::Write(call.arguments).size() +
              names * kTimesPerArgument * (kAliasBytesMax + 1)};
}

}  // namespace tideover::appsync
