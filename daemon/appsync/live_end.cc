#include "appsync/live_end.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "appsync/classify.h"
#include "appsync/error_table.h"

namespace tideover::appsync {
namespace {

using sync::LiveEnded;
using sync::PushClass;

// The status of the answer that a connection begins with: the backend was reached.
constexpr uint32_t kSwitchingProtocols = 101;
// RFC 6455, section 7.4.1: not sent by anybody, the connection was lost.
constexpr int kLost = 1006;

PushClass ForListening(PushClass outcome) {
  const bool kept = outcome == PushClass::kUnauthorized || outcome == PushClass::kRejected;
  return kept ? outcome : PushClass::kRetry;
}

PushClass ClassOf(const GraphqlError& error) {
  if (const auto known = ClassOfErrorType(error.type)) return ForListening(*known);
  if (error.code != 0) return ForListening(ClassOfStatus(error.code, /*told=*/true));
  return error.type.empty() && !error.empty() ? PushClass::kRejected : PushClass::kRetry;
}

// Lower counts first.
int Rank(PushClass outcome) {
  if (outcome == PushClass::kUnauthorized) return 0;
  return outcome == PushClass::kRetry ? 1 : 2;
}

}  // namespace

LiveEnded EndOf(std::span<const GraphqlError> errors) {
  const GraphqlError* counts = nullptr;
  LiveEnded end;
  for (const GraphqlError& error : errors) {
    const PushClass outcome = ClassOf(error);
    if (counts != nullptr && Rank(outcome) >= Rank(end.outcome)) continue;
    counts = &error;
    end.outcome = outcome;
  }
  const bool silent = counts == nullptr || (counts->message.empty() && counts->type.empty());
  end.error.message =
      CutMessage(silent ? "an error without a word"
                        : (counts->message.empty() ? counts->type : counts->message));
  if (counts == nullptr) return end;
  end.error.error_type = CutMessage(counts->type);
  end.error.http_status =
      counts->code == 0 ? kSwitchingProtocols : static_cast<uint32_t>(counts->code);
  return end;
}

LiveEnded EndOf(const net::WebSocketEnded& ended) {
  LiveEnded end;
  const int status = ended.http_status;
  const bool refused = status != 0 && status != kSwitchingProtocols;
  if (refused) end.outcome = ForListening(ClassOfStatus(status, /*told=*/false));
  end.error.message = CutMessage(ended.message);
  end.retry_after = ended.retry_after;
  const bool closed = ended.close_code != 0 && ended.close_code != kLost;
  if (end.error.message.empty()) {
    end.error.message =
        closed ? fmt::format("the backend closed the connection ({})", ended.close_code)
               : "the connection was lost";
  }
  if (refused) end.error.http_status = static_cast<uint32_t>(status);
  if (!refused && closed) end.error.http_status = kSwitchingProtocols;
  return end;
}

LiveEnded EndOf(const absl::Status& status, const sync::PushError& before) {
  LiveEnded end;
  end.outcome = absl::IsUnauthenticated(status) ? PushClass::kUnauthorized : PushClass::kRetry;
  end.error = before;
  end.error.message = CutMessage(std::string(status.message()));
  return end;
}

LiveEnded Interrupted(std::string message, bool reached) {
  LiveEnded end;
  end.error.message = std::move(message);
  if (reached) end.error.http_status = kSwitchingProtocols;
  return end;
}

}  // namespace tideover::appsync
