// How the CLI says the API's values in words: states, times, sizes, counts. The words are those of
// the documentation; scripts read the enum names of --json instead. Pure functions.
#ifndef TIDEOVER_CLI_WORDS_H_
#define TIDEOVER_CLI_WORDS_H_

#include <google/protobuf/timestamp.pb.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "cli/table.h"
#include "tideover/v1/data.pb.h"
#include "tideover/v1/mutation.pb.h"
#include "tideover/v1/outbox.pb.h"
#include "tideover/v1/sync.pb.h"

namespace tideover::cli {

using Instant = std::chrono::system_clock::time_point;

// "held (auth)", "settled (confirmed)", with the colour that goes with it.
Cell StateCell(v1::MutationState state, v1::HoldReason hold_reason, v1::Outcome outcome);
// "update".
std::string KindWord(v1::MutationKind kind);
// "auto".
std::string SettingWord(v1::NetworkSetting setting);
// "online", "offline (no link)".
Cell NetworkCell(const v1::NetworkStatus& network);
// "signed in".
std::string IdentityWord(v1::IdentityState state);

// The state of that name, as people and scripts write it: "dead-lettered", "IN_FLIGHT".
std::optional<v1::MutationState> ParseState(std::string_view word);
// "cache_first" and so on; the empty word is UNSPECIFIED.
std::optional<v1::ReadPolicy> ParsePolicy(std::string_view word);

// "12 queued, 1 held": only what is not zero; "empty" when all is.
std::string CountsWords(const v1::OutboxCounts& counts);

// "45 s", "12 min", "3 h 5 min", "4 d 2 h".
std::string DurationWords(std::chrono::seconds duration);
// "12 min ago", "in 3 s"; "never" when `message` has none.
std::string AgeWords(bool present, const google::protobuf::Timestamp& time, Instant now);
// RFC 3339 in UTC.
std::string TimeWords(const google::protobuf::Timestamp& time);
// "12.3 MiB".
std::string BytesWords(uint64_t bytes);

}  // namespace tideover::cli

#endif  // TIDEOVER_CLI_WORDS_H_
