#include "cli/mutate_output.h"

#include <fmt/format.h>

#include "cli/words.h"

namespace tideover::cli {
namespace {

// What the daemon needs beyond the time that it waits.
constexpr std::chrono::seconds kTimeoutMargin(10);

}  // namespace

v1::MutateRequest MakeMutateRequest(const Context& context) {
  const Arguments& arguments = context.arguments;
  v1::MutateRequest request;
  v1::Operation* operation = request.add_operations();
  operation->set_collection(arguments.collection);
  operation->set_document_id(arguments.document_id);
  operation->set_mutation_id(arguments.mutation_id);
  if (arguments.if_revision.has_value()) operation->set_if_revision(*arguments.if_revision);
  request.set_wait(arguments.wait ? v1::WAIT_SETTLED : v1::WAIT_DURABLE);
  if (arguments.wait) {
    request.mutable_settle_timeout()->set_seconds(context.WaitTimeout().count());
  }
  return request;
}

std::chrono::seconds MutateTimeout(const Context& context) {
  return context.arguments.wait ? context.WaitTimeout() + kTimeoutMargin : kCallTimeout;
}

std::string ResultWords(const v1::MutationResult& result, const std::string& subject) {
  const std::string words = subject + ": ";
  switch (result.settlement().outcome()) {
    case v1::OUTCOME_CONFIRMED:
      return words + "applied by the server";
    case v1::OUTCOME_REJECTED:
      return words + fmt::format("refused by the server: {} (see `tideover outbox show {}`)",
                                 result.settlement().error().message(), result.mutation_id());
    case v1::OUTCOME_DISCARDED:
      return words + "discarded";
    case v1::OUTCOME_CANCELLED:
      return words + "cancelled out by a later write before it was sent";
    default:
      break;
  }
  const Cell state = StateCell(result.state(), result.hold_reason(), v1::OUTCOME_UNSPECIFIED);
  return words + fmt::format("written here, {} (mutation {})", state.text, result.mutation_id());
}

std::string ResultWords(const v1::MutationResult& result) {
  // The server's id, where it chose one.
  const std::string& settled_id = result.settlement().document_id();
  const bool confirmed = result.settlement().outcome() == v1::OUTCOME_CONFIRMED;
  return ResultWords(result, confirmed && !settled_id.empty() ? settled_id : result.document_id());
}

int ResultExitCode(const Context& context, const v1::MutationResult& result) {
  const v1::Outcome outcome = result.settlement().outcome();
  if (!context.arguments.wait) {
    return outcome == v1::OUTCOME_REJECTED ? kExitFailed : kExitOk;
  }
  return outcome == v1::OUTCOME_CONFIRMED || outcome == v1::OUTCOME_CANCELLED ? kExitOk
                                                                              : kExitFailed;
}

}  // namespace tideover::cli
