#include "cli/json_output.h"

#include <google/protobuf/util/json_util.h>

#include <limits>
#include <string_view>

namespace tideover::cli {
namespace {

// What the daemon sent is trusted to be bounded; its nesting is the document's and ours around it.
constexpr json::Limits kOwnLimits = {.bytes_max = std::numeric_limits<size_t>::max(),
                                     .depth_max = 2 * json::kDepthMax};

bool CarriesJson(std::string_view name) { return name == "json" || name.ends_with("_json"); }

void Embed(json::Value* value) {
  for (json::Value& element : value->elements()) Embed(&element);
  for (json::Member& member : value->members()) {
    if (!CarriesJson(member.name) || !member.value.is_string()) {
      Embed(&member.value);
      continue;
    }
    // Empty means that there is none (a delete has no patch).
    if (member.value.text().empty()) {
      member.value = json::Value();
      continue;
    }
    auto parsed = json::Parse(member.value.text(), kOwnLimits);
    if (parsed.ok()) member.value = *std::move(parsed);
  }
}

}  // namespace

json::Value ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string text;
  const auto status = google::protobuf::util::MessageToJsonString(message, &text, options);
  auto value = json::Parse(text, kOwnLimits);
  if (!status.ok() || !value.ok()) {
    // Only a daemon that is not ours sends times out of range or the like.
    return json::Value::String("unreadable " + message.GetTypeName());
  }
  Embed(&*value);
  return *std::move(value);
}

std::string ToJsonText(const google::protobuf::Message& message) {
  return json::Write(ToJson(message));
}

}  // namespace tideover::cli
