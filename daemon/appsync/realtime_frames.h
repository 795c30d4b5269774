// AppSync's realtime protocol as texts: where the endpoint is, how a connection is authorized, the
// frames that are sent, and those that come. Pure. What a frame sets off is for realtime.h.
//
//   → connection_init                     ← connection_ack {connectionTimeoutMs}
//   → start {id, data, authorization}     ← start_ack {id}, or error {id, errors}
//   → stop {id}                           ← complete {id}
//                                         ← data {id, data}, ka, connection_error {errors}
//
// Read liberally: stand-ins call members otherwise, errors have been seen as one object and without
// an id, and a type that nobody knows is no fault.
#ifndef TIDEOVER_APPSYNC_REALTIME_FRAMES_H_
#define TIDEOVER_APPSYNC_REALTIME_FRAMES_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "appsync/auth.h"
#include "appsync/binding.h"
#include "appsync/graphql_answer.h"
#include "base/clock.h"
#include "base/json.h"

namespace tideover::appsync {

// The subprotocol that the server must select.
inline constexpr char kRealtimeSubprotocol[] = "graphql-ws";

// Of the GraphQL endpoint. AppSync's own domain has another host for it, all else another path:
//   https://x.appsync-api.eu-west-1.amazonaws.com/graphql
//     → wss://x.appsync-realtime-api.eu-west-1.amazonaws.com/graphql
//   https://api.example.com/graphql → wss://api.example.com/graphql/realtime
std::string RealtimeUrl(const std::string& graphql_url);

// Whom a connection and its subscriptions are authorized for.
struct RealtimeAuth {
  // Host and port of the GraphQL endpoint, also where the realtime endpoint has another.
  std::string host;
  AuthHeader header;
};

// "localhost:20002"
std::string HostOf(const std::string& url);

// "graphql-ws, header-<base64url of the authorization>": a secret.
std::string WriteSubprotocols(const RealtimeAuth& auth);

std::string WriteConnectionInit();
// Holds a secret. The subscription has no arguments.
std::string WriteStart(const std::string& id, const OperationBinding& subscription,
                       const RealtimeAuth& auth);
std::string WriteStop(const std::string& id);

enum class FrameType {
  kConnectionAck,
  kKeepAlive,
  kStartAck,
  kData,
  kError,
  kConnectionError,
  kComplete,
};

struct Frame {
  FrameType type = FrameType::kKeepAlive;
  // Of a subscription; empty: none.
  std::string id;
  // Null when there is none.
  json::Value payload;
  // Of kError and kConnectionError; at least one, and be it without a word.
  std::vector<GraphqlError> errors;
  // Of kConnectionAck: so long the server is silent at most; nothing when it does not say.
  std::optional<base::Millis> silence_max;
};

// Nothing for what is no frame, or none of these.
std::optional<Frame> ParseFrame(std::string_view text);

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_REALTIME_FRAMES_H_
