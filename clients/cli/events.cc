#include <ostream>

#include "cli/commands.h"
#include "cli/words.h"

namespace tideover::cli {
namespace {

std::string MutationWords(const v1::Mutation& mutation) {
  std::string words = mutation.mutation_id() + " " + KindWord(mutation.kind());
  words +=
      " " + (mutation.operation().empty() ? mutation.collection() + " " + mutation.document_id()
                                          : mutation.operation());
  words += ", " + StateCell(mutation.state(), mutation.hold_reason(), mutation.outcome()).text;
  if (mutation.has_last_error()) words += ": " + mutation.last_error().message();
  return words;
}

std::string SyncedWords(const v1::CollectionSyncedEvent& synced) {
  return synced.collection() + ": " + std::to_string(synced.new_count()) + " new, " +
         std::to_string(synced.updated_count()) + " changed, " +
         std::to_string(synced.deleted_count()) + " deleted";
}

std::string EventWords(const v1::Event& event) {
  std::string words;
  switch (event.data_case()) {
    case v1::Event::kNetwork:
      return event.network().active() ? "online" : "offline";
    case v1::Event::kSyncStarted:
      for (const std::string& collection : event.sync_started().collections()) {
        words += (words.empty() ? "" : ", ") + collection;
      }
      return words;
    case v1::Event::kCollectionSynced:
      return SyncedWords(event.collection_synced());
    case v1::Event::kMutation:
      return MutationWords(event.mutation());
    case v1::Event::kOutbox:
      return event.outbox().is_empty() ? "empty" : "not empty";
    default:
      return words;
  }
}

void PrintEvent(Context& context, const v1::Event& event) {
  if (context.json()) {
    context.PrintJson(event);
    return;
  }
  const std::string words = EventWords(event);
  context.out() << event.id() << ' ' << TimeWords(event.time()) << ' '
                << context.Painted(Printable(event.name()), Colour::kBold)
                << (words.empty() ? "" : " ") << Printable(words) << std::endl;
}

}  // namespace

int RunEvents(Context& context) {
  v1::WatchEventsRequest request;
  request.set_after_id(context.arguments.after_id);
  grpc::ClientContext call;  // no deadline: it ends when the reader has had enough
  auto stream = context.connection.sync().WatchEvents(&call, request);
  v1::Event event;
  uint64_t seen = 0;
  const uint64_t enough = context.arguments.count;
  while ((enough == 0 || seen < enough) && stream->Read(&event)) {
    PrintEvent(context, event);
    ++seen;
  }
  if (enough > 0 && seen >= enough) {
    call.TryCancel();
    stream->Finish();
    return kExitOk;
  }
  const grpc::Status status = stream->Finish();
  if (status.ok()) return kExitOk;
  const int exit_code = context.Fail(status);
  if (seen > 0) context.Note("go on: --after " + std::to_string(event.id()));
  return exit_code;
}

}  // namespace tideover::cli
