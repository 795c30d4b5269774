#include "appsync/realtime_frames.h"

#include <fmt/format.h>

#include <cctype>
#include <utility>

#include "appsync/base64url.h"
#include "appsync/classify.h"
#include "appsync/graphql.h"

namespace tideover::appsync {
namespace {

// A frame has one level more than an answer over HTTP.
constexpr size_t kFrameDepthMax = kAnswerDepthMax + 1;

constexpr std::pair<std::string_view, FrameType> kTypes[] = {
    {"connection_ack", FrameType::kConnectionAck},
    {"ka", FrameType::kKeepAlive},
    {"start_ack", FrameType::kStartAck},
    {"data", FrameType::kData},
    {"error", FrameType::kError},
    {"connection_error", FrameType::kConnectionError},
    {"complete", FrameType::kComplete},
};

std::string Lowered(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

struct UrlParts {
  std::string scheme;     // "https"
  std::string authority;  // "api.example.com:8443"
  std::string path;       // "/graphql"
  std::string rest;       // "?x=y"
};

// The configuration has checked that it is a URL.
UrlParts PartsOf(const std::string& url) {
  UrlParts parts;
  const size_t mark = url.find("://");
  const size_t host = mark == url.npos ? 0 : mark + 3;
  const size_t path = std::min(url.find_first_of("/?#", host), url.size());
  const size_t rest = std::min(url.find_first_of("?#", path), url.size());
  parts.scheme = Lowered(url.substr(0, mark == url.npos ? 0 : mark));
  parts.authority = Lowered(url.substr(host, path - host));
  parts.path = url.substr(path, rest - path);
  parts.rest = url.substr(rest);
  return parts;
}

json::Value Authorization(const RealtimeAuth& auth) {
  json::Value object = json::Value::Object();
  object.Set("host", json::Value::String(auth.host));
  object.Set(auth.header.name, json::Value::String(auth.header.value.Reveal()));
  return object;
}

json::Value FrameOf(std::string_view type, const std::string& id) {
  json::Value frame = json::Value::Object();
  frame.Set("type", json::Value::String(type));
  if (!id.empty()) frame.Set("id", json::Value::String(id));
  return frame;
}

std::optional<base::Millis> SilenceIn(const json::Value& payload) {
  for (const char* name : {"connectionTimeoutMs", "connectionTimeout"}) {
    const json::Value* written = payload.Find(name);
    const auto ms = written == nullptr ? std::nullopt : written->AsInt64();
    if (ms.has_value() && *ms > 0) return base::Millis(*ms);
  }
  return std::nullopt;
}

// Under `errors` of the payload or of the frame itself, or else the payload is the error.
std::vector<GraphqlError> ErrorsIn(const json::Value& frame, const json::Value& payload) {
  std::vector<GraphqlError> errors = ReadErrors(payload);
  if (errors.empty()) errors = ReadErrors(frame);
  if (!errors.empty()) return errors;
  json::Value wrapped = json::Value::Object();
  wrapped.Set("errors", payload.is_object() ? payload : json::Value::Object());
  return ReadErrors(wrapped);
}

}  // namespace

std::string RealtimeUrl(const std::string& graphql_url) {
  constexpr std::string_view kApi = ".appsync-api.";
  UrlParts parts = PartsOf(graphql_url);
  const std::string scheme = parts.scheme == "http" ? "ws" : "wss";
  const size_t api = parts.authority.find(kApi);
  const bool own = api != std::string::npos && (parts.authority.ends_with(".amazonaws.com") ||
                                                parts.authority.ends_with(".amazonaws.com.cn"));
  if (own) {
    parts.authority.replace(api, kApi.size(), ".appsync-realtime-api.");
  } else {
    while (parts.path.ends_with('/')) parts.path.pop_back();
    parts.path += "/realtime";
  }
  return fmt::format("{}://{}{}{}", scheme, parts.authority, parts.path, parts.rest);
}

std::string HostOf(const std::string& url) { return PartsOf(url).authority; }

std::string WriteSubprotocols(const RealtimeAuth& auth) {
  return fmt::format("{}, header-{}", kRealtimeSubprotocol,
                     EncodeBase64Url(json::Write(Authorization(auth))));
}

std::string WriteConnectionInit() { return json::Write(FrameOf("connection_init", "")); }

std::string WriteStart(const std::string& id, const OperationBinding& subscription,
                       const RealtimeAuth& auth) {
  std::vector<Call> calls(1);
  calls[0].operation = &subscription;
  calls[0].arguments = json::Value::Object();
  json::Value extensions = json::Value::Object();
  extensions.Set("authorization", Authorization(auth));
  json::Value payload = json::Value::Object();
  payload.Set("data", json::Value::String(WriteRequest(calls)));
  payload.Set("extensions", std::move(extensions));
  json::Value frame = FrameOf("start", id);
  frame.Set("payload", std::move(payload));
  return json::Write(frame);
}

std::string WriteStop(const std::string& id) { return json::Write(FrameOf("stop", id)); }

std::optional<Frame> ParseFrame(std::string_view text) {
  // The transport has limited the bytes.
  absl::StatusOr<json::Value> root =
      json::ParseObject(text, {.bytes_max = text.size(), .depth_max = kFrameDepthMax});
  if (!root.ok()) return std::nullopt;
  const json::Value* type = root->Find("type");
  if (type == nullptr || !type->is_string()) return std::nullopt;
  for (const auto& [word, known] : kTypes) {
    if (type->text() != word) continue;
    Frame frame;
    frame.type = known;
    if (const json::Value* id = root->Find("id")) frame.id = id->text();
    if (json::Value* payload = root->Find("payload")) frame.payload = std::move(*payload);
    const bool fails = known == FrameType::kError || known == FrameType::kConnectionError;
    if (fails) frame.errors = ErrorsIn(*root, frame.payload);
    if (known == FrameType::kConnectionAck) frame.silence_max = SilenceIn(frame.payload);
    return frame;
  }
  return std::nullopt;
}

}  // namespace tideover::appsync
