#include <ostream>

#include "base/json.h"
#include "cli/commands.h"
#include "cli/json_output.h"
#include "cli/mutate_output.h"
#include "cli/words.h"

namespace tideover::cli {
namespace {

int Mutate(Context& context, const v1::MutateRequest& request) {
  Call call(MutateTimeout(context));
  v1::MutateResponse response;
  const grpc::Status status = context.connection.data().Mutate(call, request, &response);
  if (!status.ok()) return context.Fail(status);
  if (response.results_size() != 1) {
    return context.Fail("the daemon answered without a result", "update tideoverd");
  }
  const v1::MutationResult& result = response.results(0);
  if (context.json()) {
    context.PrintJson(result);
  } else {
    context.out() << Printable(ResultWords(result)) << std::endl;
  }
  return ResultExitCode(context, result);
}

}  // namespace

int RunGet(Context& context) {
  const auto policy = ParsePolicy(context.arguments.policy);
  if (!policy.has_value()) return context.Usage("--policy: no such policy");
  v1::GetRequest request;
  request.set_collection(context.arguments.collection);
  request.set_document_id(context.arguments.document_id);
  request.set_policy(*policy);
  v1::GetResponse response;
  const grpc::Status status = context.connection.data().Get(Call(), request, &response);
  if (!status.ok()) return context.Fail(status);
  if (context.json()) {
    context.PrintJson(response);
    return kExitOk;
  }
  const v1::Document& document = response.document();
  context.out() << Printable(document.json()) << std::endl;
  if (document.pending()) {
    context.Note("not confirmed by the server yet: " +
                 std::to_string(document.pending_mutation_ids_size()) + " pending");
  }
  if (document.id() != request.document_id()) {
    context.Note("its id is now " + document.id());
  }
  if (response.stale()) context.Note("may be out of date");
  return kExitOk;
}

int RunPut(Context& context) {
  if (context.arguments.document_json == kStandardInput) return RunBulkPut(context);
  v1::MutateRequest request = MakeMutateRequest(context);
  v1::Operation* operation = request.mutable_operations(0);
  if (operation->document_id().empty()) {
    operation->mutable_create()->set_json(context.arguments.document_json);
  } else {
    operation->mutable_replace()->set_json(context.arguments.document_json);
    operation->mutable_replace()->set_upsert(true);
  }
  return Mutate(context, request);
}

int RunPatch(Context& context) {
  const Arguments& arguments = context.arguments;
  const int operands = (arguments.increment ? 1 : 0) + (arguments.add_to_set ? 1 : 0) +
                       (arguments.remove ? 1 : 0) + (arguments.upsert ? 1 : 0);
  if (operands > 1) {
    return context.Usage("--upsert, --increment, --add-to-set and --remove exclude each other");
  }
  v1::MutateRequest request = MakeMutateRequest(context);
  v1::Operation* operation = request.mutable_operations(0);
  const std::string text = JsonText(context);
  if (arguments.increment) {
    operation->mutable_increment()->set_json(text);
  } else if (arguments.add_to_set) {
    operation->mutable_add_to_set()->set_json(text);
  } else if (arguments.remove) {
    operation->mutable_remove()->set_json(text);
  } else {
    operation->mutable_update()->set_json(text);
    operation->mutable_update()->set_upsert(arguments.upsert);
  }
  return Mutate(context, request);
}

int RunRemove(Context& context) {
  v1::MutateRequest request = MakeMutateRequest(context);
  request.mutable_operations(0)->mutable_delete_()->set_allow_missing(
      context.arguments.allow_missing);
  return Mutate(context, request);
}

}  // namespace tideover::cli
