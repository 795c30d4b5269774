#include <ostream>

#include "cli/commands.h"
#include "cli/words.h"

namespace tideover::cli {
namespace {

// Prints the messages of one watch and knows when enough was seen.
class WatchOutput {
 public:
  explicit WatchOutput(Context& context) : context_(context) {}

  void Take(const v1::WatchResponse& message) {
    if (!message.resume_token().empty()) resume_token_ = message.resume_token();
    if (message.has_snapshot_complete()) complete_ = true;
    changes_ += static_cast<uint64_t>(message.changes().changes_size());
    if (context_.json()) {
      context_.PrintJson(message);
      return;
    }
    for (const auto& document : message.snapshot().documents()) Line("=", Colour::kNone, document);
    if (message.has_snapshot_complete()) {
      context_.Note(std::to_string(message.snapshot_complete().document_count()) +
                    " documents; watching");
    }
    if (message.has_reset()) context_.Note("starting again from the beginning");
    for (const auto& change : message.changes().changes()) TakeChange(change);
    context_.out().flush();
  }

  bool Enough() const {
    const Arguments& arguments = context_.arguments;
    return (arguments.snapshot && complete_) ||
           (arguments.count > 0 && changes_ >= arguments.count);
  }

  const std::string& resume_token() const { return resume_token_; }

 private:
  void TakeChange(const v1::WatchChange& change) {
    if (!change.previous_id().empty()) {
      context_.out() << "> " << Printable(change.previous_id()) << " is now "
                     << Printable(change.document().id()) << '\n';
    }
    if (change.has_document()) {
      Line("~", Colour::kGreen, change.document());
    } else {
      const bool deleted = change.removed().reason() != v1::REMOVAL_REASON_NO_MATCH;
      context_.out() << context_.Painted("- ", Colour::kRed) << Printable(change.removed().id())
                     << (deleted ? " deleted" : " no longer matches") << '\n';
    }
  }

  void Line(const char* sign, Colour colour, const v1::Document& document) {
    context_.out() << context_.Painted(sign, colour) << ' ' << Printable(document.id())
                   << (document.pending() ? context_.Painted(" *", Colour::kYellow) : "") << ' '
                   << Printable(document.json()) << '\n';
  }

  Context& context_;
  std::string resume_token_;
  uint64_t changes_ = 0;
  bool complete_ = false;
};

}  // namespace

int RunWatch(Context& context) {
  const Arguments& arguments = context.arguments;
  const auto policy = ParsePolicy(arguments.policy);
  if (!policy.has_value()) return context.Usage("--policy: no such policy");
  if (!arguments.filter.empty() && !arguments.document_ids.empty()) {
    return context.Usage("--filter and --id exclude each other");
  }
  v1::WatchRequest request;
  request.set_collection(arguments.collection);
  request.set_filter(arguments.filter);
  for (const std::string& id : arguments.document_ids) request.add_document_ids(id);
  request.set_resume_token(arguments.resume_token);
  request.set_policy(*policy);

  grpc::ClientContext call;  // no deadline: a watch ends when the reader has had enough
  auto stream = context.connection.data().Watch(&call, request);
  WatchOutput output(context);
  v1::WatchResponse message;
  while (!output.Enough() && stream->Read(&message)) output.Take(message);
  if (output.Enough()) {
    call.TryCancel();
    stream->Finish();
    return kExitOk;
  }
  const grpc::Status status = stream->Finish();
  if (status.ok()) return kExitOk;
  const int exit_code = context.Fail(status);
  if (!output.resume_token().empty()) {
    context.Note("go on without a gap: --resume-token " + output.resume_token());
  }
  return exit_code;
}

}  // namespace tideover::cli
