#include "sync/echoes.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/planted_bug.h"
#include "base/status_macros.h"
#include "log/lanes.h"
#include "log/settled.h"

namespace tideover::sync {

void Echoes::Note(uint64_t seq, const log::Mutation& mutation, base::MonoTime until,
                  base::MonoTime now, bool unresolved) {
  const std::vector<LaneKey> documents = log::LanesOf(seq, mutation);
  for (const LaneKey& document : documents) {
    if (unresolved) WantList(document.first, until);
  }
  if (until <= now) return;
  Sweep(now);
  if (!mutation.scope().empty()) {
    ScopeEcho& echo = of_scopes_[seq];
    echo = {mutation.scope(), std::max(echo.until, until)};
  }
  for (const LaneKey& document : documents) {
    // A late create with an id of the server's choice makes another document.
    if (base::IsProvisionalId(document.second)) continue;
    Echo& echo = echoes_[document];
    if (echo.until < until) echo = {seq, until};
  }
}

void Echoes::Sweep(base::MonoTime now) {
  if (echoes_.size() >= kEchoesMax) {
    std::erase_if(echoes_, [&](const auto& entry) { return entry.second.until <= now; });
  }
  if (of_scopes_.size() >= kEchoesMax) {
    std::erase_if(of_scopes_, [&](const auto& entry) { return entry.second.until <= now; });
  }
  if (ended_.size() >= kEchoesMax) {
    std::erase_if(ended_, [&](const auto& entry) { return entry.second <= now; });
  }
}

void Echoes::Ended(uint64_t seq) {
  const auto node = of_scopes_.extract(seq);
  if (node.empty()) return;
  base::MonoTime& until = ended_[node.mapped().scope];
  until = std::max(until, node.mapped().until);
}

void Echoes::Unresolved(const LaneKey& document) {
  const auto it = echoes_.find(document);
  if (it != echoes_.end()) WantList(document.first, it->second.until);
}

void Echoes::WantList(store::CollectionId collection, base::MonoTime after) {
  base::MonoTime& known = list_after_[collection];
  known = std::max(known, after);
}

std::optional<base::MonoTime> Echoes::ListAfter(store::CollectionId collection) const {
  const auto it = list_after_.find(collection);
  return it == list_after_.end() ? std::nullopt : std::optional(it->second);
}

absl::Status Echoes::Remember(const store::Reader& reader, base::MonoTime until,
                              base::MonoTime now) {
  if (PLANTED_BUG(kEchoLostAtRestart)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const log::Counters counters, log::ReadCounters(reader));
  const uint64_t last = counters.last_seq();
  const uint64_t first = last > kEchoesLookedFor ? last - kEchoesLookedFor : 1;
  for (const auto part : {store::SettledClass::kHistory, store::SettledClass::kDeadLetter}) {
    RETURN_IF_ERROR(
        log::ForEachSettled(reader, part, first, [&](uint64_t seq, const log::SettledEntry& entry) {
          if (entry.push().unanswered() || entry.push().open_attempt()) {
            const bool confirmed = entry.outcome() == log::SettledEntry::CONFIRMED;
            Note(seq, entry.mutation(), until, now, !confirmed);
            if (!confirmed) Ended(seq);
          }
          return true;
        }));
  }
  return absl::OkStatus();
}

std::optional<base::MonoTime> Echoes::WaitOf(const LaneKey& document, uint64_t seq,
                                             base::MonoTime now) {
  if (PLANTED_BUG(kEchoIgnored)) return std::nullopt;
  const auto it = echoes_.find(document);
  if (it == echoes_.end() || it->second.seq == seq) return std::nullopt;
  const base::MonoTime until = it->second.until;
  if (until > now) return until;
  echoes_.erase(it);
  return std::nullopt;
}

std::optional<base::MonoTime> Echoes::WaitOfScope(const std::string& scope, base::MonoTime now) {
  const auto it = ended_.find(scope);
  if (it == ended_.end()) return std::nullopt;
  const base::MonoTime until = it->second;
  if (until > now) return until;
  ended_.erase(it);
  return std::nullopt;
}

}  // namespace tideover::sync
