#include "cli/words.h"

#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace tideover::cli {
namespace {

using std::chrono::duration_cast;
using std::chrono::seconds;

// The value's name without its prefix, in lower case and with spaces: HOLD_REASON_AUTH -> "auth".
std::string Plain(std::string name, std::string_view prefix) {
  if (name.starts_with(prefix)) name.erase(0, prefix.size());
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) {
    return c == '_' ? ' ' : static_cast<char>(std::tolower(c));
  });
  return name;
}

// "dead-lettered" -> "DEAD_LETTERED".
std::string EnumSpelling(std::string_view word) {
  std::string spelling(word);
  std::transform(spelling.begin(), spelling.end(), spelling.begin(), [](unsigned char c) {
    return c == '-' || c == ' ' ? '_' : static_cast<char>(std::toupper(c));
  });
  return spelling;
}

Colour StateColour(v1::MutationState state) {
  switch (state) {
    case v1::MUTATION_STATE_DEAD_LETTERED:
      return Colour::kRed;
    case v1::MUTATION_STATE_HELD:
      return Colour::kYellow;
    case v1::MUTATION_STATE_IN_FLIGHT:
    case v1::MUTATION_STATE_SETTLED:
      return Colour::kGreen;
    default:
      return Colour::kNone;
  }
}

}  // namespace

Cell StateCell(v1::MutationState state, v1::HoldReason hold_reason, v1::Outcome outcome) {
  Cell cell{Plain(v1::MutationState_Name(state), "MUTATION_STATE_"), StateColour(state), false};
  if (state == v1::MUTATION_STATE_DEAD_LETTERED) cell.text = "dead-lettered";
  if (state == v1::MUTATION_STATE_HELD && hold_reason != v1::HOLD_REASON_UNSPECIFIED) {
    cell.text += " (" + Plain(v1::HoldReason_Name(hold_reason), "HOLD_REASON_") + ")";
  }
  if (state == v1::MUTATION_STATE_SETTLED && outcome != v1::OUTCOME_UNSPECIFIED) {
    cell.text += " (" + Plain(v1::Outcome_Name(outcome), "OUTCOME_") + ")";
  }
  return cell;
}

std::string KindWord(v1::MutationKind kind) {
  return Plain(v1::MutationKind_Name(kind), "MUTATION_KIND_");
}

std::string SettingWord(v1::NetworkSetting setting) {
  return Plain(v1::NetworkSetting_Name(setting), "NETWORK_SETTING_");
}

Cell NetworkCell(const v1::NetworkStatus& network) {
  Cell cell{Plain(v1::NetworkState_Name(network.state()), "NETWORK_STATE_"), Colour::kNone, false};
  if (network.state() == v1::NETWORK_STATE_ONLINE) cell.colour = Colour::kGreen;
  if (network.state() == v1::NETWORK_STATE_OFFLINE) cell.colour = Colour::kYellow;
  if (network.reason() != v1::OFFLINE_REASON_UNSPECIFIED) {
    cell.text += " (" + Plain(v1::OfflineReason_Name(network.reason()), "OFFLINE_REASON_") + ")";
  }
  return cell;
}

std::string IdentityWord(v1::IdentityState state) {
  switch (state) {
    case v1::IDENTITY_STATE_EXPIRED:
      return "sign in again: the backend refuses the tokens";
    case v1::IDENTITY_STATE_NOT_NEEDED:
      return "no sign-in needed";
    default:
      return Plain(v1::IdentityState_Name(state), "IDENTITY_STATE_");
  }
}

std::optional<v1::MutationState> ParseState(std::string_view word) {
  v1::MutationState state = v1::MUTATION_STATE_UNSPECIFIED;
  if (!v1::MutationState_Parse("MUTATION_STATE_" + EnumSpelling(word), &state) ||
      state == v1::MUTATION_STATE_UNSPECIFIED) {
    return std::nullopt;
  }
  return state;
}

std::optional<v1::ReadPolicy> ParsePolicy(std::string_view word) {
  v1::ReadPolicy policy = v1::READ_POLICY_UNSPECIFIED;
  if (word.empty()) return policy;
  if (!v1::ReadPolicy_Parse("READ_POLICY_" + EnumSpelling(word), &policy)) return std::nullopt;
  return policy;
}

std::string CountsWords(const v1::OutboxCounts& counts) {
  const std::array<std::pair<uint64_t, const char*>, 5> parts = {
      {{counts.queued(), "queued"},
       {counts.paused(), "paused"},
       {counts.in_flight(), "in flight"},
       {counts.held(), "held"},
       {counts.dead_lettered(), "dead-lettered"}}};
  std::string words;
  for (const auto& [count, word] : parts) {
    if (count == 0) continue;
    words += fmt::format("{}{} {}", words.empty() ? "" : ", ", count, word);
  }
  return words.empty() ? "empty" : words;
}

std::string DurationWords(seconds duration) {
  const int64_t s = std::max<int64_t>(duration.count(), 0);
  if (s < 60) return fmt::format("{} s", s);
  if (s < 3600) return fmt::format("{} min", s / 60);
  if (s < 86400) return fmt::format("{} h {} min", s / 3600, s % 3600 / 60);
  return fmt::format("{} d {} h", s / 86400, s % 86400 / 3600);
}

std::string AgeWords(bool present, const google::protobuf::Timestamp& time, Instant now) {
  if (!present) return "never";
  const Instant then(std::chrono::seconds(time.seconds()));
  if (then > now) return "in " + DurationWords(duration_cast<seconds>(then - now));
  return DurationWords(duration_cast<seconds>(now - then)) + " ago";
}

std::string TimeWords(const google::protobuf::Timestamp& time) {
  using google::protobuf::util::TimeUtil;
  if (time.seconds() < TimeUtil::kTimestampMinSeconds ||
      time.seconds() > TimeUtil::kTimestampMaxSeconds || time.nanos() < 0 ||
      time.nanos() > 999'999'999) {
    return "out of range";
  }
  return TimeUtil::ToString(time);
}

std::string BytesWords(uint64_t bytes) {
  constexpr std::array<const char*, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto amount = static_cast<double>(bytes);
  size_t unit = 0;
  while (amount >= 1024 && unit + 1 < kUnits.size()) {
    amount /= 1024;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", amount, kUnits[unit]);
}

}  // namespace tideover::cli
