#include "sim/operator.h"

#include <fmt/format.h>

#include <utility>

#include "log/mutation_log.h"
#include "log/settled.h"

namespace tideover::sim {

using Verb = doors::OutboxRequest::Verb;

std::vector<Operator::Seen> Operator::Mutations() {
  std::vector<Seen> all;
  const auto txn = daemon_.env().BeginRead();
  absl::Status walked =
      log::ForEach(txn->reader(), 1, [&](uint64_t seq, const log::LogEntry& entry) {
        all.push_back(
            {seq, entry.push().hold() == log::PushState::CONFLICT, entry.mutation().kind()});
        return true;
      });
  walked.Update(log::ForEachSettled(txn->reader(), store::SettledClass::kDeadLetter, 1,
                                    [&](uint64_t seq, const log::SettledEntry& entry) {
                                      all.push_back({seq, false, entry.mutation().kind()});
                                      return true;
                                    }));
  if (!walked.ok()) world_.Fail(walked.ToString());
  return all;
}

void Operator::Ask(Verb verb, uint64_t seq, std::string json) {
  constexpr const char* kVerbs[] = {"retries",  "discards",  "edits",        "holds",
                                    "releases", "keeps his", "keeps theirs", "merges"};
  world_.Note(fmt::format("d{} operator {} {} {}", daemon_.index(),
                          kVerbs[static_cast<size_t>(verb)], seq, json));
  ledger_.OnAsked(daemon_.index(), seq, verb);
  daemon_.Submit(doors::OutboxRequest{verb, seq, std::move(json)},
                 [this, verb, seq](const doors::Answer& answer) {
                   if (answer.status.ok()) return;
                   world_.Note(fmt::format("d{} operator was refused {}: {}", daemon_.index(), seq,
                                           std::string(answer.status.message())));
                   if (verb == Verb::kKeepTheirs || !absl::IsFailedPrecondition(answer.status))
                     return;
                   // What the server has deleted cannot always be written over.
                   if (verb == Verb::kKeepOurs || verb == Verb::kMerged) {
                     Ask(Verb::kKeepTheirs, seq, "");
                   }
                 });
}

void Operator::Decide(const Seen& seen) {
  const int64_t choice = world_.Between(0, 2);
  if (choice == 0) return Ask(Verb::kKeepOurs, seen.seq, "");
  if (choice == 1) return Ask(Verb::kKeepTheirs, seen.seq, "");
  Ask(Verb::kMerged, seen.seq,
      fmt::format(R"({{"content":"c{}-merged-{}"}})", daemon_.index(), ++contents_));
}

void Operator::DecideOne() {
  const std::vector<Seen> all = Mutations();
  if (all.empty()) return;
  const Seen& seen =
      all[static_cast<size_t>(world_.Between(0, static_cast<int64_t>(all.size()) - 1))];
  if (seen.conflict && world_.Chance(0.7)) return Decide(seen);
  constexpr Verb kVerbs[] = {Verb::kRetry, Verb::kRetry,   Verb::kRetry, Verb::kDiscard,
                             Verb::kHold,  Verb::kRelease, Verb::kEdit};
  const Verb verb = kVerbs[world_.Between(0, 6)];
  Ask(verb, seen.seq, verb == Verb::kEdit ? OtherContent(seen) : "");
}

// What a person puts in the place of what it writes.
std::string Operator::OtherContent(const Seen& seen) {
  using log::Mutation;
  ++contents_;
  if (seen.kind == Mutation::INCREMENT) return fmt::format(R"({{"count":{}}})", 100 + contents_);
  if (seen.kind == Mutation::ADD_TO_SET || seen.kind == Mutation::REMOVE) {
    return fmt::format(R"({{"tags":["e{}"]}})", contents_);
  }
  const char* member = seen.kind == Mutation::INVOKE ? "text" : "content";
  return fmt::format(R"({{"{}":"c{}-edit-{}"}})", member, daemon_.index(), contents_);
}

void Operator::AnswerConflicts() {
  if (!daemon_.up() || daemon_.asleep()) return;
  for (const Seen& seen : Mutations()) {
    if (!seen.conflict || !daemon_.up()) continue;
    Decide(seen);
    return;
  }
}

void Operator::AskForSync() {
  constexpr const char* kWhich[] = {"", "todos", "notes"};
  ++*syncs_open_;
  auto answered = std::make_shared<bool>(false);
  daemon_.engine().SyncNow(kWhich[world_.Between(0, 2)],
                           [this, open = syncs_open_, answered](const absl::Status& status) {
                             --*open;
                             if (std::exchange(*answered, true))
                               world_.Fail("a sync was answered twice");
                             world_.Note("sync answered: " + status.ToString());
                           });
}

void Operator::Act() {
  if (!daemon_.up() || daemon_.asleep()) return;
  network_.wire.OnTryNow(daemon_.index());
  network_.NoteFault(daemon_.index(), Fault::kOperator);
  const int64_t choice = world_.Between(0, 9);
  if (choice < 5) {
    DecideOne();
  } else if (choice < 7) {
    constexpr sync::NetworkSetting kSettings[] = {
        sync::NetworkSetting::kAuto, sync::NetworkSetting::kOffline, sync::NetworkSetting::kOnline};
    const int64_t setting = world_.Between(0, 2);
    world_.Note(fmt::format("d{} network setting {}", daemon_.index(), setting));
    daemon_.SetNetwork(kSettings[setting]);
  } else if (choice < 9) {
    AskForSync();
  } else {
    daemon_.engine().Touch(world_.Chance(0.5) ? "todos" : "notes");
  }
}

void Operator::CheckAnswered() {
  if (*syncs_open_ == 0) return;
  world_.Fail(fmt::format("d{}: {} syncs were never answered", daemon_.index(), *syncs_open_));
}

}  // namespace tideover::sim
