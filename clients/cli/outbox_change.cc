#include <istream>
#include <iterator>
#include <ostream>

#include "cli/commands.h"
#include "cli/outbox_output.h"
#include "cli/words.h"

namespace tideover::cli {
namespace {

// Sends the selection of the command line with `method`, and says how many mutations `verb` fits.
template <typename Request, typename Response>
int Change(Context& context, Request request,
           grpc::Status (v1::OutboxService::Stub::*method)(grpc::ClientContext*, const Request&,
                                                           Response*),
           const char* verb) {
  if (const int usage = MakeSelector(context, request.mutable_selector()); usage != kExitOk) {
    return usage;
  }
  Response response;
  Call call;
  const grpc::Status status = (context.connection.outbox().*method)(call, request, &response);
  if (!status.ok()) return context.Fail(status);
  if (context.json()) {
    context.PrintJson(response);
  } else {
    context.out() << CountWords(response.count()) << ' ' << verb << std::endl;
  }
  return kExitOk;
}

}  // namespace

int RunOutboxRetry(Context& context) {
  return Change(context, v1::RetryRequest(), &v1::OutboxService::Stub::Retry,
                "will be tried again");
}

int RunOutboxDiscard(Context& context) {
  v1::DiscardRequest request;
  request.set_with_dependants(context.arguments.with_dependants);
  return Change(context, std::move(request), &v1::OutboxService::Stub::Discard, "discarded");
}

int RunOutboxHold(Context& context) {
  return Change(context, v1::HoldRequest(), &v1::OutboxService::Stub::Hold,
                "held until `tideover outbox release`");
}

int RunOutboxRelease(Context& context) {
  return Change(context, v1::ReleaseRequest(), &v1::OutboxService::Stub::Release, "released");
}

int RunOutboxEdit(Context& context) {
  v1::EditRequest request;
  request.set_mutation_id(context.arguments.mutation_id);
  request.set_patch_json(JsonText(context));
  request.set_retry(context.arguments.retry);
  v1::EditResponse response;
  const grpc::Status status = context.connection.outbox().Edit(Call(), request, &response);
  if (!status.ok()) return context.Fail(status);
  const v1::Mutation& mutation = response.mutation();
  if (context.json()) {
    context.PrintJson(mutation);
    return kExitOk;
  }
  const Cell state = StateCell(mutation.state(), mutation.hold_reason(), mutation.outcome());
  context.out() << Printable(mutation.mutation_id()) << ": edited, " << state.text << std::endl;
  if (mutation.mutation_id() != request.mutation_id()) {
    context.Note("it may have been sent as " + request.mutation_id() + ": its id is now " +
                 mutation.mutation_id());
  }
  if (mutation.state() == v1::MUTATION_STATE_DEAD_LETTERED) {
    context.Note("it goes again with --retry, or `tideover outbox retry`");
  }
  return kExitOk;
}

}  // namespace tideover::cli
