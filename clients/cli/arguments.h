// What a command line says, after it was parsed: one value for all commands, each of which reads
// the fields that its entry of the command table names. Values that were not given are empty. Also
// the exit codes, which scripts rely on: never to change.
#ifndef TIDEOVER_CLI_ARGUMENTS_H_
#define TIDEOVER_CLI_ARGUMENTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tideover::cli {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitUnreachable = 3;

struct Arguments {
  // Of every command.
  std::string socket;
  bool json = false;

  // Documents.
  std::string collection;
  std::string document_id;
  std::vector<std::string> document_ids;
  std::string document_json;
  std::string filter;
  std::string order_by;
  std::string policy;
  std::string page_token;
  std::string resume_token;
  std::string mutation_id;
  std::optional<uint64_t> if_revision;
  uint64_t limit = 0;
  uint64_t count = 0;
  bool all = false;
  bool upsert = false;
  bool allow_missing = false;
  bool snapshot = false;
  bool increment = false;
  bool add_to_set = false;
  bool remove = false;
  std::string operation;
  std::string scope;

  // Waiting.
  bool wait = false;
  uint32_t timeout_seconds = 0;

  // Outbox.
  std::vector<std::string> mutation_ids;
  std::vector<std::string> states;
  bool with_dependants = false;
  bool retry = false;
  bool ours = false;
  bool theirs = false;
  std::string merged_json;
  uint64_t after_id = 0;

  // Sync and network.
  bool full = false;
  bool delta = false;
  std::string network;

  // Sign-in.
  std::string username;
  bool password_stdin = false;
  bool flush = false;
  bool keep = false;
  bool wipe = false;
};

}  // namespace tideover::cli

#endif  // TIDEOVER_CLI_ARGUMENTS_H_
