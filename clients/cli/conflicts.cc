#include <algorithm>
#include <ostream>

#include "base/json.h"
#include "cli/commands.h"
#include "cli/outbox_output.h"
#include "cli/words.h"

namespace tideover::cli {
namespace {

bool IsConflict(const v1::Mutation& mutation) {
  return mutation.state() == v1::MUTATION_STATE_HELD &&
         mutation.hold_reason() == v1::HOLD_REASON_CONFLICT;
}

// null for what is no JSON.
json::Value Parsed(const std::string& text) { return json::Parse(text).value_or(json::Value()); }

// The document as it would be with ours: the patch over the base, where ours is a patch.
json::Value OurDocument(const v1::Mutation& mutation, const json::Value& base) {
  json::Value ours = Parsed(mutation.patch_json());
  if (mutation.kind() != v1::MUTATION_KIND_UPDATE) return ours;
  json::Value merged = base.is_object() ? base : json::Value::Object();
  json::MergePatch(&merged, ours);
  return merged;
}

std::vector<std::string> FieldsOf(std::initializer_list<const json::Value*> documents) {
  std::vector<std::string> fields;
  for (const json::Value* document : documents) {
    for (const json::Member& member : document->members()) {
      if (std::find(fields.begin(), fields.end(), member.name) == fields.end()) {
        fields.push_back(member.name);
      }
    }
  }
  return fields;
}

std::string FieldText(const json::Value& document, const std::string& field) {
  const json::Value* value = document.Find(field);
  return value == nullptr ? "-" : json::Write(*value);
}

void PrintConflict(Context& context, const v1::Mutation& mutation) {
  const json::Value base = Parsed(mutation.base_json());
  const json::Value theirs = Parsed(mutation.server_document_json());
  const json::Value ours = OurDocument(mutation, base);
  context.out() << Printable(mutation.mutation_id()) << ": " << KindWord(mutation.kind()) << " of "
                << Printable(mutation.collection()) << ' ' << Printable(mutation.document_id())
                << std::endl;
  Table table({"FIELD", "BASE", "OURS", "THEIRS"});
  for (const std::string& field : FieldsOf({&base, &ours, &theirs})) {
    const std::string was = FieldText(base, field);
    const std::string our = FieldText(ours, field);
    const std::string their = FieldText(theirs, field);
    const bool contested = our != was && their != was && our != their;
    table.Add({{field, contested ? Colour::kYellow : Colour::kNone},
               {was},
               {our, our != was ? Colour::kGreen : Colour::kNone},
               {their, their != was ? Colour::kRed : Colour::kNone}});
  }
  if (!table.empty()) table.Print(context.out(), context.Style());
  if (mutation.kind() == v1::MUTATION_KIND_DELETE) context.Note("ours deletes the document");
  if (!mutation.has_server_document_json()) context.Note("the server has deleted the document");
  context.Note("decide: `tideover conflicts resolve " + mutation.mutation_id() +
               "` with --ours, --theirs or --merged JSON");
}

}  // namespace

int RunConflictsList(Context& context) {
  v1::ListMutationsRequest request;
  request.set_collection(context.arguments.collection);
  request.add_states(v1::MUTATION_STATE_HELD);
  v1::ListMutationsResponse response;
  const grpc::Status status = ListPages(context, request, IsConflict, &response);
  if (!status.ok()) return context.Fail(status);
  if (context.json()) {
    context.PrintJson(response);
    return kExitOk;
  }
  PrintMutations(context, response);
  if (response.mutations().empty()) context.Note("no conflicts");
  NoteMore(context, response);
  return kExitOk;
}

int RunConflictsShow(Context& context) {
  v1::GetMutationRequest request;
  request.set_mutation_id(context.arguments.mutation_id);
  v1::GetMutationResponse response;
  const grpc::Status status = context.connection.outbox().Get(Call(), request, &response);
  if (!status.ok()) return context.Fail(status);
  if (!IsConflict(response.mutation())) {
    return context.Fail("the mutation " + request.mutation_id() + " contradicts nothing",
                        "see `tideover outbox show " + request.mutation_id() + "`");
  }
  if (context.json()) {
    context.PrintJson(response.mutation());
  } else {
    PrintConflict(context, response.mutation());
  }
  return kExitOk;
}

int RunConflictsResolve(Context& context) {
  const Arguments& arguments = context.arguments;
  const int decisions = (arguments.ours ? 1 : 0) + (arguments.theirs ? 1 : 0) +
                        (arguments.merged_json.empty() ? 0 : 1);
  if (decisions != 1) return context.Usage("say one of --ours, --theirs and --merged JSON");
  v1::ResolveConflictRequest request;
  request.set_mutation_id(arguments.mutation_id);
  v1::ConflictResolution* resolution = request.mutable_resolution();
  if (arguments.ours) resolution->mutable_keep_ours();
  if (arguments.theirs) resolution->mutable_keep_theirs();
  if (!arguments.merged_json.empty()) resolution->set_merged_json(arguments.merged_json);
  v1::ResolveConflictResponse response;
  const grpc::Status status =
      context.connection.outbox().ResolveConflict(Call(), request, &response);
  if (!status.ok()) return context.Fail(status);
  const v1::Mutation& mutation = response.mutation();
  if (context.json()) {
    context.PrintJson(mutation);
    return kExitOk;
  }
  const Cell state = StateCell(mutation.state(), mutation.hold_reason(), mutation.outcome());
  context.out() << Printable(mutation.mutation_id()) << ": decided, " << state.text << std::endl;
  return kExitOk;
}

}  // namespace tideover::cli
