// The one table of all commands: name, one line of help, which arguments it takes, and the function
// that runs it. The parser, the help and the completion are made from it. Constant data; the
// functions run on the main thread and return an exit code of arguments.h.
#ifndef TIDEOVER_CLI_COMMANDS_H_
#define TIDEOVER_CLI_COMMANDS_H_

#include <span>
#include <string_view>
#include <vector>

#include "cli/context.h"

namespace tideover::cli {

// The arguments that exist; command_line.cc has their spelling and help.
enum class Input {
  kCollection,
  kCollectionOptional,
  kDocumentId,
  kDocumentIdOption,
  kDocumentIdsOption,
  kJson,
  kFilter,
  kOrderBy,
  kLimit,
  kAll,
  kPageToken,
  kPolicy,
  kResumeToken,
  kSnapshot,
  kCount,
  kMutationIdOption,
  kIfRevision,
  kUpsert,
  kAllowMissing,
  kWait,
  kTimeout,
  kMutationId,
  kMutationIds,
  kStates,
  kCollectionOption,
  kWithDependants,
  kRetry,
  kOurs,
  kTheirs,
  kMerged,
  kIncrement,
  kAddToSet,
  kRemove,
  kOperation,
  kScope,
  kAfterId,
  kFull,
  kDelta,
  kNetwork,
  kUsername,
  kPasswordStdin,
  kFlush,
  kKeep,
  kWipe,
};

struct Command {
  // Words separated by a space: "outbox ls".
  std::string_view name;
  std::string_view summary;
  // In the order of the command line.
  std::vector<Input> inputs;
  int (*run)(Context& context);
};

// In the order of the help.
std::span<const Command> Commands();

// documents.cc
int RunGet(Context& context);
int RunPut(Context& context);
int RunPatch(Context& context);
int RunRemove(Context& context);
// bulk_put.cc: `put COLLECTION -`.
int RunBulkPut(Context& context);
// query.cc
int RunQuery(Context& context);
// watch.cc
int RunWatch(Context& context);
// outbox.cc
int RunOutboxList(Context& context);
int RunOutboxShow(Context& context);
int RunOutboxExport(Context& context);
// outbox_change.cc
int RunOutboxRetry(Context& context);
int RunOutboxDiscard(Context& context);
int RunOutboxEdit(Context& context);
int RunOutboxHold(Context& context);
int RunOutboxRelease(Context& context);
// conflicts.cc
int RunConflictsList(Context& context);
int RunConflictsShow(Context& context);
int RunConflictsResolve(Context& context);
// invoke.cc
int RunInvoke(Context& context);
// status.cc
int RunStatus(Context& context);
int RunVersion(Context& context);
// sync.cc
int RunSync(Context& context);
int RunInvalidate(Context& context);
int RunNetwork(Context& context);
// events.cc
int RunEvents(Context& context);
// auth.cc
int RunLogin(Context& context);
int RunLogout(Context& context);
int RunWhoami(Context& context);

}  // namespace tideover::cli

#endif  // TIDEOVER_CLI_COMMANDS_H_
