#include "cli/outbox_output.h"

#include <algorithm>
#include <ostream>

#include "cli/words.h"

namespace tideover::cli {
namespace {

constexpr uint64_t kLimitDefault = 100;
constexpr uint64_t kPageSizeMax = 1000;

std::string WhyWords(const v1::Mutation& mutation) {
  if (mutation.has_last_error()) return mutation.last_error().message();
  return mutation.explanation();
}

std::string ErrorWords(const v1::MutationError& error) {
  std::string words = error.message();
  if (error.has_http_status()) words += " (HTTP " + std::to_string(error.http_status()) + ")";
  if (!error.error_type().empty()) words += " [" + error.error_type() + "]";
  return words;
}

std::string Joined(const google::protobuf::RepeatedPtrField<std::string>& words) {
  std::string joined;
  for (const std::string& word : words) joined += (joined.empty() ? "" : ", ") + word;
  return joined;
}

}  // namespace

int ParseStates(Context& context, google::protobuf::RepeatedField<int>* states) {
  for (const std::string& word : context.arguments.states) {
    const auto state = ParseState(word);
    if (!state.has_value()) return context.Usage("--state: no such state: " + word);
    states->Add(*state);
  }
  return kExitOk;
}

int MakeSelector(Context& context, v1::MutationSelector* selector) {
  const Arguments& arguments = context.arguments;
  if (arguments.mutation_ids.empty() == arguments.states.empty()) {
    return context.Usage("name mutations by their ids, or select them by --state");
  }
  for (const std::string& id : arguments.mutation_ids) selector->add_mutation_ids(id);
  selector->set_collection(arguments.collection);
  return ParseStates(context, selector->mutable_states());
}

grpc::Status ListPages(Context& context, v1::ListMutationsRequest request,
                       bool (*wanted)(const v1::Mutation&), v1::ListMutationsResponse* whole) {
  const Arguments& arguments = context.arguments;
  const uint64_t limit = arguments.all         ? UINT64_MAX
                         : arguments.limit > 0 ? arguments.limit
                                               : kLimitDefault;
  request.set_page_token(arguments.page_token);
  do {
    const uint64_t left = limit - static_cast<uint64_t>(whole->mutations_size());
    request.set_page_size(static_cast<int32_t>(std::min(left, kPageSizeMax)));
    v1::ListMutationsResponse page;
    grpc::Status status = context.connection.outbox().List(Call(), request, &page);
    if (!status.ok()) return status;
    request.set_page_token(page.next_page_token());
    whole->set_next_page_token(page.next_page_token());
    *whole->mutable_counts() = page.counts();
    for (v1::Mutation& mutation : *page.mutable_mutations()) {
      if (wanted(mutation)) whole->add_mutations()->Swap(&mutation);
    }
  } while (!request.page_token().empty() && static_cast<uint64_t>(whole->mutations_size()) < limit);
  return grpc::Status::OK;
}

void PrintMutations(Context& context, const v1::ListMutationsResponse& response) {
  Table table(
      {"SEQ", "MUTATION", "STATE", "KIND", "COLLECTION", "DOCUMENT", "AGE", "TRIES", "WHY"});
  for (const v1::Mutation& mutation : response.mutations()) {
    table.Add(
        {{std::to_string(mutation.seq()), Colour::kNone, true},
         {mutation.mutation_id()},
         StateCell(mutation.state(), mutation.hold_reason(), mutation.outcome()),
         {KindWord(mutation.kind())},
         {mutation.collection()},
         {mutation.document_id()},
         {AgeWords(mutation.has_created_at(), mutation.created_at(), context.environment.now())},
         {std::to_string(mutation.attempts()), Colour::kNone, true},
         {WhyWords(mutation)}});
  }
  if (!table.empty()) table.Print(context.out(), context.Style());
}

void NoteMore(Context& context, const v1::ListMutationsResponse& response) {
  if (!response.next_page_token().empty()) {
    context.Note("there are more: --all, --limit, or --page-token " + response.next_page_token());
  }
}

void PrintMutation(Context& context, const v1::Mutation& mutation) {
  Table table({});
  const auto add = [&table](const char* name, const std::string& value) {
    if (!value.empty()) table.Add({{name, Colour::kBold}, {value}});
  };
  const auto time = [](bool present, const google::protobuf::Timestamp& at) {
    return present ? TimeWords(at) : std::string();
  };
  add("mutation", mutation.mutation_id());
  add("seq", std::to_string(mutation.seq()));
  table.Add({{"state", Colour::kBold},
             StateCell(mutation.state(), mutation.hold_reason(), mutation.outcome())});
  add("why", mutation.explanation());
  add("kind", KindWord(mutation.kind()));
  add("operation", mutation.operation());
  add("collection", mutation.collection());
  add("document", mutation.document_id());
  add("was", mutation.previous_document_id());
  add("scope", mutation.scope());
  add("made", time(mutation.has_created_at(), mutation.created_at()));
  add("tries", std::to_string(mutation.attempts()));
  add("first sent", time(mutation.has_first_sent_at(), mutation.first_sent_at()));
  if (mutation.may_have_been_sent()) add("reached", "the server may have it already");
  add("next try", time(mutation.has_next_attempt_at(), mutation.next_attempt_at()));
  add("settled", time(mutation.has_settled_at(), mutation.settled_at()));
  if (mutation.has_last_error()) add("error", ErrorWords(mutation.last_error()));
  add("needs", Joined(mutation.depends_on()));
  add("needed by", Joined(mutation.dependants()));
  add("writes", mutation.patch_json());
  add("base", mutation.base_json());
  add("server has", mutation.server_document_json());
  // Whole values, whatever the width: a person who asks for one mutation wants all of it.
  table.Print(context.out(), {.colours = context.Style().colours, .width_max = 0});
}

std::string CountWords(uint64_t count) {
  return std::to_string(count) + (count == 1 ? " mutation" : " mutations");
}

}  // namespace tideover::cli
