// What the commands that write have in common: a request with one operation and the options of the
// command line, and saying what became of it. Main thread.
#ifndef TIDEOVER_CLI_MUTATE_OUTPUT_H_
#define TIDEOVER_CLI_MUTATE_OUTPUT_H_

#include <string>

#include "cli/context.h"
#include "tideover/v1/data.pb.h"

namespace tideover::cli {

// A request with one operation on --collection: mutation id, if_revision, wait and timeout are set.
v1::MutateRequest MakeMutateRequest(const Context& context);

// How long the call that carries such a request may take.
std::chrono::seconds MutateTimeout(const Context& context);

// One sentence on what became of the mutation of `subject`, a document or an operation; the reason
// of a refusal included.
std::string ResultWords(const v1::MutationResult& result, const std::string& subject);
// The same, of the document that it is about.
std::string ResultWords(const v1::MutationResult& result);

// 0 for what was asked for: durable, or with --wait applied by the server; otherwise 1.
int ResultExitCode(const Context& context, const v1::MutationResult& result);

}  // namespace tideover::cli

#endif  // TIDEOVER_CLI_MUTATE_OUTPUT_H_
