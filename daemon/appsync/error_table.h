// The tables of errors: what an HTTP status and what AppSync's errorType say about the fate of one
// attempt. Data, and the functions that look it up; classify.h decides which row counts.
//
// By HTTP status (`told`: the body is a GraphQL answer with errors[]; `bare`: anything else, such
// as a proxy's page):
//
//   status    told           bare           why
//   2xx≠200   ambiguous      ambiguous      AppSync answers 200 only
//   3xx       retry          retry          a captive portal or a wrong URL; nothing was executed
//   400       rejected       retry          malformed request: refused before execution
//   401       unauthorized   unauthorized   refused before execution; refresh, then sign in
//   403       rejected       rejected       a firewall's rule: this request will never pass
//   404       retry          retry          a wrong URL must not empty the outbox into the DLQ
//   408       ambiguous      ambiguous      who gave up is not known
//   413       rejected       rejected       too large: will never pass
//   429       retry          retry          throttled: the whole request was not executed
//   4xx       retry          retry          misconfiguration somewhere on the way
//   503       retry          retry          nobody took the request
//   5xx       ambiguous      ambiguous      may have been executed
//
// By errorType: see kTypes in error_table.cc. Unknown types are ambiguous: never "done", never
// "refused".
#ifndef TIDEOVER_APPSYNC_ERROR_TABLE_H_
#define TIDEOVER_APPSYNC_ERROR_TABLE_H_

#include <optional>
#include <string_view>

#include "sync/upstream.h"

namespace tideover::appsync {

// A request that several share is not refused for good with any of these (classify_shared.h).

// For every status but 200.
sync::PushClass ClassOfStatus(int status, bool told);

// Nothing for a type that the table does not have.
std::optional<sync::PushClass> ClassOfErrorType(std::string_view error_type);

// The type says that there are too many requests.
bool IsThrottling(std::string_view error_type);

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_ERROR_TABLE_H_
