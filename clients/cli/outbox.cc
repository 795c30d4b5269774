#include <ostream>

#include "cli/commands.h"
#include "cli/json_output.h"
#include "cli/outbox_output.h"
#include "cli/words.h"

namespace tideover::cli {

int RunOutboxList(Context& context) {
  v1::ListMutationsRequest request;
  request.set_collection(context.arguments.collection);
  if (const int usage = ParseStates(context, request.mutable_states()); usage != kExitOk) {
    return usage;
  }
  v1::ListMutationsResponse response;
  const grpc::Status status = ListPages(
      context, request, [](const v1::Mutation&) { return true; }, &response);
  if (!status.ok()) return context.Fail(status);
  if (context.json()) {
    context.PrintJson(response);
    return kExitOk;
  }
  PrintMutations(context, response);
  context.Note("outbox: " + CountsWords(response.counts()));
  NoteMore(context, response);
  return kExitOk;
}

int RunOutboxShow(Context& context) {
  v1::GetMutationRequest request;
  request.set_mutation_id(context.arguments.mutation_id);
  v1::GetMutationResponse response;
  const grpc::Status status = context.connection.outbox().Get(Call(), request, &response);
  if (!status.ok()) return context.Fail(status);
  if (context.json()) {
    context.PrintJson(response.mutation());
  } else {
    PrintMutation(context, response.mutation());
  }
  return kExitOk;
}

// For programs and for keeping: one JSON object per line, with and without --json.
int RunOutboxExport(Context& context) {
  v1::ExportRequest request;
  request.set_collection(context.arguments.collection);
  if (const int usage = ParseStates(context, request.mutable_states()); usage != kExitOk) {
    return usage;
  }
  grpc::ClientContext call;  // no deadline: it takes as long as there are mutations
  auto stream = context.connection.outbox().Export(&call, request);
  v1::ExportResponse message;
  uint64_t count = 0;
  while (stream->Read(&message)) {
    context.PrintJson(message.mutation());
    ++count;
  }
  const grpc::Status status = stream->Finish();
  if (!status.ok()) return context.Fail(status);
  context.Note(CountWords(count) + " exported");
  return kExitOk;
}

}  // namespace tideover::cli
