#include "api/explain.h"

namespace tideover::api {
namespace {

std::string ExplainHold(const v1::Mutation& mutation) {
  switch (mutation.hold_reason()) {
    case v1::HOLD_REASON_AUTH:
      return "It waits until you sign in again: `tideover login`.";
    case v1::HOLD_REASON_DEPENDENCY:
      return "It needs a mutation that the server refused: retry or discard that one first.";
    case v1::HOLD_REASON_AMBIGUOUS:
      return "It may have reached the server, and nothing tells: retry or discard it.";
    case v1::HOLD_REASON_CONFLICT:
      return "It contradicts the server's document: decide which one stands, "
             "`tideover conflicts resolve`.";
    case v1::HOLD_REASON_OPERATOR:
      return "An operator holds it: `tideover outbox release` lets it go.";
    default:
      return "It waits for somebody.";
  }
}

}  // namespace

std::string Explain(const v1::Mutation& mutation) {
  switch (mutation.state()) {
    case v1::MUTATION_STATE_QUEUED:
      return mutation.has_next_attempt_at() ? "It is tried again by itself after a pause."
                                            : "It waits for its turn.";
    case v1::MUTATION_STATE_PAUSED:
      return "It waits for the network and goes on by itself.";
    case v1::MUTATION_STATE_IN_FLIGHT:
      return "It is on its way.";
    case v1::MUTATION_STATE_HELD:
      return ExplainHold(mutation);
    case v1::MUTATION_STATE_DEAD_LETTERED:
      return mutation.last_error().error_class() == v1::ERROR_CLASS_CONFLICT
                 ? "The server's document had moved on: edit, retry or discard it."
                 : "The server refused it: edit, retry or discard it.";
    default:
      return "";
  }
}

std::string ExplainVerify() {
  return "It may have reached the server: the next list of the collection tells.";
}

}  // namespace tideover::api
