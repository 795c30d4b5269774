#include <ostream>

#include "cli/commands.h"
#include "cli/mutate_output.h"

namespace tideover::cli {

int RunInvoke(Context& context) {
  const Arguments& arguments = context.arguments;
  v1::InvokeRequest request;
  request.set_operation(arguments.operation);
  request.set_arguments_json(JsonText(context));
  request.set_mutation_id(arguments.mutation_id);
  request.set_scope(arguments.scope);
  request.set_wait(arguments.wait ? v1::WAIT_SETTLED : v1::WAIT_DURABLE);
  if (arguments.wait) {
    request.mutable_settle_timeout()->set_seconds(context.WaitTimeout().count());
  }
  Call call(MutateTimeout(context));
  v1::InvokeResponse response;
  const grpc::Status status = context.connection.data().Invoke(call, request, &response);
  if (!status.ok()) return context.Fail(status);
  const v1::MutationResult& result = response.result();
  const std::string& answer = result.settlement().result_json();
  if (context.json()) {
    context.PrintJson(result);
  } else if (answer.empty()) {
    context.out() << Printable(ResultWords(result, request.operation())) << std::endl;
  } else {
    // What it answered is what a script wants to read.
    context.out() << Printable(answer) << std::endl;
    context.Note(ResultWords(result, request.operation()));
  }
  return ResultExitCode(context, result);
}

}  // namespace tideover::cli
