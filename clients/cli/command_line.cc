#include "cli/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <memory>
#include <ostream>

#include "cli/commands.h"

namespace tideover::cli {
namespace {

constexpr uint32_t kTimeoutSecondsMax = 24 * 3600;

using Bind = void (*)(CLI::App& app, Arguments& arguments, const char* spelling, const char* help);

struct InputSpelling {
  Input input;
  const char* spelling;  // without dashes: a positional
  const char* help;
  Bind bind;
};

// A required positional or an option with a value of any type.
template <auto kField>
void Value(CLI::App& app, Arguments& arguments, const char* spelling, const char* help) {
  CLI::Option* option = app.add_option(spelling, arguments.*kField, help);
  if (spelling[0] != '-') option->required();
}

template <auto kField>
void OptionalValue(CLI::App& app, Arguments& arguments, const char* spelling, const char* help) {
  app.add_option(spelling, arguments.*kField, help);
}

// An option that may be given several times, each time with one value.
template <auto kField>
void Repeated(CLI::App& app, Arguments& arguments, const char* spelling, const char* help) {
  app.add_option(spelling, arguments.*kField, help)->allow_extra_args(false);
}

template <auto kField>
void Flag(CLI::App& app, Arguments& arguments, const char* spelling, const char* help) {
  app.add_flag(spelling, arguments.*kField, help);
}

void Timeout(CLI::App& app, Arguments& arguments, const char* spelling, const char* help) {
  app.add_option(spelling, arguments.timeout_seconds, help)
      ->check(CLI::Range(1u, kTimeoutSecondsMax));
}

const InputSpelling kInputs[] = {
    {Input::kCollection, "COLLECTION", "Name of the collection", Value<&Arguments::collection>},
    {Input::kCollectionOptional, "COLLECTION", "Name of the collection; all if left out",
     OptionalValue<&Arguments::collection>},
    {Input::kCollectionOption, "--collection", "Only this collection",
     OptionalValue<&Arguments::collection>},
    {Input::kDocumentId, "ID", "Id of the document", Value<&Arguments::document_id>},
    {Input::kDocumentIdOption, "--id", "Id of the document",
     OptionalValue<&Arguments::document_id>},
    {Input::kDocumentIdsOption, "--id", "Only this document; may be repeated",
     Repeated<&Arguments::document_ids>},
    {Input::kJson, "JSON", "A JSON object, or - for standard input",
     Value<&Arguments::document_json>},
    {Input::kFilter, "--filter", "Amplify filter, e.g. '{\"content\":{\"contains\":\"milk\"}}'",
     OptionalValue<&Arguments::filter>},
    {Input::kOrderBy, "--order-by", "Fields, e.g. 'content desc, _id'",
     OptionalValue<&Arguments::order_by>},
    {Input::kLimit, "--limit", "Show at most this many (default 100)",
     OptionalValue<&Arguments::limit>},
    {Input::kAll, "--all", "Show all", Flag<&Arguments::all>},
    {Input::kPageToken, "--page-token", "Go on where an earlier answer ended",
     OptionalValue<&Arguments::page_token>},
    {Input::kPolicy, "--policy",
     "cache_first (default), cache_only, network_first, "
     "cache_and_network",
     OptionalValue<&Arguments::policy>},
    {Input::kResumeToken, "--resume-token", "Go on where an earlier watch ended",
     OptionalValue<&Arguments::resume_token>},
    {Input::kSnapshot, "--snapshot", "Stop after what there is now", Flag<&Arguments::snapshot>},
    {Input::kCount, "--count", "Stop after this many changes or events",
     OptionalValue<&Arguments::count>},
    {Input::kMutationIdOption, "--mutation-id",
     "Id that makes it safe to repeat the command; from standard input, line n gets ID-n",
     OptionalValue<&Arguments::mutation_id>},
    {Input::kIfRevision, "--if-revision",
     "Only if the document has this revision (0: is not there)",
     OptionalValue<&Arguments::if_revision>},
    {Input::kUpsert, "--upsert", "Make the document if it is not there", Flag<&Arguments::upsert>},
    {Input::kAllowMissing, "--allow-missing", "No error if it is not there",
     Flag<&Arguments::allow_missing>},
    {Input::kWait, "--wait", "Wait until the server has answered", Flag<&Arguments::wait>},
    {Input::kTimeout, "--timeout", "Seconds to wait (default 30)", Timeout},
    {Input::kMutationId, "MUTATION", "Id of the mutation", Value<&Arguments::mutation_id>},
    {Input::kMutationIds, "MUTATIONS", "Ids of mutations", OptionalValue<&Arguments::mutation_ids>},
    {Input::kStates, "--state",
     "queued, paused, in-flight, held, settled or dead-lettered; may be "
     "repeated",
     Repeated<&Arguments::states>},
    {Input::kWithDependants, "--with-dependants", "Also those that depend on them",
     Flag<&Arguments::with_dependants>},
    {Input::kRetry, "--retry", "And let it go again at once", Flag<&Arguments::retry>},
    {Input::kOurs, "--ours", "Send ours again on top of the server's document",
     Flag<&Arguments::ours>},
    {Input::kTheirs, "--theirs", "The server's document stands, ours is discarded",
     Flag<&Arguments::theirs>},
    {Input::kMerged, "--merged", "The document is to be this JSON object",
     OptionalValue<&Arguments::merged_json>},
    {Input::kIncrement, "--increment", "JSON maps fields to numbers that are added to them",
     Flag<&Arguments::increment>},
    {Input::kAddToSet, "--add-to-set", "JSON maps fields to elements that their lists must have",
     Flag<&Arguments::add_to_set>},
    {Input::kRemove, "--remove", "JSON maps fields to elements that their lists must not have",
     Flag<&Arguments::remove>},
    {Input::kOperation, "OPERATION", "Name of the backend's operation",
     Value<&Arguments::operation>},
    {Input::kScope, "--scope", "Sent one after the other with others of this scope",
     OptionalValue<&Arguments::scope>},
    {Input::kAfterId, "--after", "Go on after the event with this number",
     OptionalValue<&Arguments::after_id>},
    {Input::kFull, "--full", "Fetch everything", Flag<&Arguments::full>},
    {Input::kDelta, "--delta", "Fetch what changed since the last time", Flag<&Arguments::delta>},
    {Input::kNetwork, "SETTING", "auto, online or offline", OptionalValue<&Arguments::network>},
    {Input::kUsername, "USERNAME", "Name to sign in with", Value<&Arguments::username>},
    {Input::kPasswordStdin, "--password-stdin",
     "Read the password, and answers to challenges, from standard input, one per line",
     Flag<&Arguments::password_stdin>},
    {Input::kFlush, "--flush", "Send everything first", Flag<&Arguments::flush>},
    {Input::kKeep, "--keep", "Keep unsent mutations until the same user returns",
     Flag<&Arguments::keep>},
    {Input::kWipe, "--wipe", "Delete the user's unsent mutations and cache for good",
     Flag<&Arguments::wipe>},
};

void BindInput(Input input, CLI::App& app, Arguments& arguments) {
  for (const InputSpelling& known : kInputs) {
    if (known.input == input) known.bind(app, arguments, known.spelling, known.help);
  }
}

void AddGlobalOptions(CLI::App& app, Arguments& arguments) {
  app.add_flag("--json", arguments.json, "Answer in JSON (stable; clients/cli/README.md)");
  app.add_option("--socket", arguments.socket, "The daemon's socket");
}

// The subcommand for `name`, making the group ("outbox") on the way.
CLI::App* AddCommand(CLI::App& root, const Command& command,
                     std::map<std::string, CLI::App*>* groups) {
  CLI::App* parent = &root;
  std::string name(command.name);
  if (const size_t space = name.find(' '); space != std::string::npos) {
    const std::string group = name.substr(0, space);
    name.erase(0, space + 1);
    CLI::App*& group_app = (*groups)[group];
    if (group_app == nullptr) {
      group_app = root.add_subcommand(group, "Commands on the " + group);
      group_app->require_subcommand(1);
    }
    parent = group_app;
  }
  return parent->add_subcommand(name, std::string(command.summary));
}

}  // namespace

int RunTideover(const std::vector<std::string>& words, Environment& environment) {
  Arguments arguments;
  const Command* chosen = nullptr;
  CLI::App app("Looks into tideoverd and talks to it.", "tideover");
  app.require_subcommand(1);
  AddGlobalOptions(app, arguments);
  std::map<std::string, CLI::App*> groups;
  for (const Command& command : Commands()) {
    CLI::App* subcommand = AddCommand(app, command, &groups);
    AddGlobalOptions(*subcommand, arguments);
    for (const Input input : command.inputs) BindInput(input, *subcommand, arguments);
    subcommand->callback([&chosen, &command] { chosen = &command; });
  }
  try {
    std::vector<std::string> reversed(words.rbegin(), words.rend());  // as CLI11 wants them
    app.parse(std::move(reversed));
  } catch (const CLI::ParseError& error) {
    return app.exit(error, environment.out, environment.err) == 0 ? kExitOk : kExitUsage;
  }
  client::Connection connection(client::ResolveSocketPath(arguments.socket, environment.variable));
  Context context(arguments, environment, connection);
  return chosen->run(context);
}

}  // namespace tideover::cli
