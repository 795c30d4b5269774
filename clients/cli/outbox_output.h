// What the commands on mutations have in common: reading the states and the selection of the
// command line, fetching pages of mutations, and showing them to people. Main thread.
#ifndef TIDEOVER_CLI_OUTBOX_OUTPUT_H_
#define TIDEOVER_CLI_OUTBOX_OUTPUT_H_

#include <string>

#include "cli/context.h"
#include "tideover/v1/outbox.pb.h"

namespace tideover::cli {

// The states of --state into `states`; the exit code of wrong usage, or kExitOk.
int ParseStates(Context& context, google::protobuf::RepeatedField<int>* states);

// Ids or --state, not both and not neither: "everything" is never the default.
int MakeSelector(Context& context, v1::MutationSelector* selector);

// Pages from --page-token on into one, at most --limit mutations, or all; of those that `wanted`
// takes. The request has states and collection already.
grpc::Status ListPages(Context& context, v1::ListMutationsRequest request,
                       bool (*wanted)(const v1::Mutation&), v1::ListMutationsResponse* whole);

// As a table.
void PrintMutations(Context& context, const v1::ListMutationsResponse& response);
// Says so where there are more.
void NoteMore(Context& context, const v1::ListMutationsResponse& response);

// Everything about one, one line each.
void PrintMutation(Context& context, const v1::Mutation& mutation);

// "1 mutation", "2 mutations".
std::string CountWords(uint64_t count);

}  // namespace tideover::cli

#endif  // TIDEOVER_CLI_OUTBOX_OUTPUT_H_
