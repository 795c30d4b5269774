// Why nothing more is told of a collection: from what the realtime endpoint, the socket or the
// credentials said to the engine's word for it (sync::LiveEnded). Pure; the classes are those of
// error_table.h, of which listening knows three: what may have been executed or not does no harm
// here, so it is tried again.
#ifndef TIDEOVER_APPSYNC_LIVE_END_H_
#define TIDEOVER_APPSYNC_LIVE_END_H_

#include <absl/status/status.h>

#include <span>
#include <string>

#include "appsync/graphql_answer.h"
#include "net/web_socket.h"
#include "sync/upstream.h"

namespace tideover::appsync {

// Errors of an `error` or `connection_error` frame. Credentials that are refused count before all
// else, then what may pass. One without a type is the schema's refusal when it has a message.
sync::LiveEnded EndOf(std::span<const GraphqlError> errors);

// The upgrade was refused with an HTTP status, or there is no connection any more.
sync::LiveEnded EndOf(const net::WebSocketEnded& ended);

// No credentials: UNAUTHENTICATED where a person must help. `before`: what was said when those
// before were refused.
sync::LiveEnded EndOf(const absl::Status& status, const sync::PushError& before);

// May be tried again. `reached`: the backend was there, and it is no sign that the network is down.
sync::LiveEnded Interrupted(std::string message, bool reached);

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_LIVE_END_H_
