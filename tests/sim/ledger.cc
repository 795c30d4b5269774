#include "sim/ledger.h"

#include <fmt/format.h>

#include <algorithm>

#include "cache/documents.h"
#include "log/mutation_log.h"
#include "log/settled.h"
#include "support/store_check.h"

namespace tideover::sim {
namespace {

using log::Mutation;
using log::SettledEntry;

// The whole store is checked after every so many turns, and whenever it matters most.
constexpr uint64_t kWholeCheckEvery = 16;

}  // namespace

doors::RulesByCollection SimRules(const Plan& plan) {
  doors::CollectionRules todos;
  if (plan.ledger) todos.ids = doors::IdMode::kClientUuid;
  if (plan.offers) {
    todos.sent_as_such = {{Mutation::INCREMENT, {{"count", "poison"}, {}}},
                          {Mutation::ADD_TO_SET, {{"tags"}, {}}},
                          {Mutation::REMOVE, {{"tags"}, {}}}};
  }
  if (plan.versions) todos.version_field = "_version";
  todos.conflict = plan.conflict;
  todos.prefer = plan.prefer;
  doors::CollectionRules notes = todos;
  notes.ids = doors::IdMode::kClientUuid;
  todos.references = {{"parent", "todos"}};
  notes.references = {{"todo", "todos"}, {"links", "todos"}};
  return {{"todos", todos}, {"notes", notes}};
}

doors::RulesByOperation SimOperations() {
  const doors::OperationRules rules{{"text", "doc", "other", "make"}, {"text"}};
  return {{"finish", rules}, {"notify", rules}};
}

// Others may have made a document with the same content: "milk" is what many people need.
bool Ledger::HasTwin(const Fate& fate) const {
  return fate.mutation.json().find("milk") != std::string::npos;
}

// Reading a create back cannot tell twins apart, nor find what somebody changed meanwhile; a person
// who asks for another attempt, and a policy that does, get it.
bool Ledger::Excused(const Key& key, const Fate& fate) const {
  return HasTwin(fate) || server_.Meddled(key) || fate.retried || fate.resend;
}

// The create of the mutation's document is excused: what left together with it is, too.
bool Ledger::CreateIsExcused(int daemon, const Fate& fate) const {
  return std::any_of(fates_.begin(), fates_.end(), [&](const auto& entry) {
    const auto& [key, other] = entry;
    return key.daemon == daemon && other.mutation.kind() == Mutation::CREATE &&
           other.mutation.collection() == fate.mutation.collection() &&
           other.mutation.document_id() == fate.mutation.document_id() && Excused(key, other);
  });
}

// A backup may have brought back a document of the id that a create has, which stands for it then,
// and for what left together with it.
bool Ledger::BroughtBack(int daemon, const SettledEntry& settled) const {
  if (!server_.restored()) return false;
  const Mutation& mutation = settled.mutation();
  if (mutation.kind() == Mutation::CREATE) return true;
  return settled.push().bundle_last() != 0 &&
         std::any_of(fates_.begin(), fates_.end(), [&](const auto& entry) {
           const auto& [key, fate] = entry;
           return key.daemon == daemon && fate.mutation.kind() == Mutation::CREATE &&
                  fate.mutation.document_id() == mutation.document_id();
         });
}

void Ledger::OnAnswered(int daemon, const doors::CommitAnswer& answer) {
  for (const doors::OperationAnswer& operation : answer.operations) {
    Fate& fate = fates_[{daemon, operation.seq}];
    fate.answered = true;
    if (fate.mutation.mutation_id() != operation.mutation_id) {
      world_.Fail(fmt::format("d{}: the answer for {} names mutation {}, which is {}", daemon,
                              operation.mutation_id, operation.seq, fate.mutation.mutation_id()));
    }
  }
}

void Ledger::OnAnsweredEarly(int daemon, const doors::Request& request) {
  const auto* commit = std::get_if<doors::CommitRequest>(&request);
  if (commit == nullptr) return;
  for (const doors::Operation& operation : commit->operations) {
    if (!operation.mutation_id.empty()) {
      early_.insert(fmt::format("{} {}", daemon, operation.mutation_id));
    }
  }
}

void Ledger::Learn(int daemon, const store::Reader& reader, uint64_t seq,
                   const doors::Doors& doors) {
  Fate& fate = fates_[{daemon, seq}];
  if (!fate.mutation.mutation_id().empty()) {
    // Back from the DLQ, perhaps in the very turn that sent it there.
    if (!fate.retried) {
      world_.Fail(fmt::format("d{}: mutation {} is pending again and nobody asked", daemon, seq));
    }
    fate.outcome = SettledEntry::OUTCOME_UNSPECIFIED;
    const auto again = log::Find(reader, seq);
    if (again.ok() && again->has_value()) versions_.OnLogged({daemon, seq}, **again);
    return;
  }
  auto entry = log::Find(reader, seq);
  auto settled = log::FindSettled(reader, seq);
  if (entry.ok() && entry->has_value()) {
    fate.mutation = (*entry)->mutation();
    versions_.OnLogged({daemon, seq}, **entry);
  } else if (settled.ok() && settled->has_value()) {
    fate.mutation = (*settled)->mutation();
  } else {
    world_.Fail(fmt::format("d{}: mutation {} was announced and is nowhere", daemon, seq));
    return;
  }
  const auto tuning =
      plan_.tuning.collections.find(doors.catalog().NameOf(fate.mutation.collection()));
  if (tuning == plan_.tuning.collections.end()) {
    fate.resend = fate.mutation.operation() == "notify";
  } else {
    fate.resend = tuning->second.ambiguous == sync::AmbiguousCreate::kResend;
    fate.asks = tuning->second.ambiguous == sync::AmbiguousCreate::kHold;
  }
  const Key maker = server_.MakerOf(fate.mutation.document_id());
  fate.as_stranger = maker.daemon == daemon && maker.seq != 0 && maker.seq != seq &&
                     fates_[maker].outcome == SettledEntry::OUTCOME_UNSPECIFIED &&
                     fates_[maker].mutation.document_id() != fate.mutation.document_id();
  early_.erase(fmt::format("{} {}", daemon, fate.mutation.mutation_id()));
  world_.Note(fmt::format("d{} logs {} kind {} {} {} {}", daemon, seq,
                          static_cast<int>(fate.mutation.kind()), fate.mutation.document_id(),
                          fate.mutation.scope(), fate.mutation.json()));
}

// A create with which it may have left is not what it was any more: no list can tell it.
void Ledger::OnDiscarded(const Key& key, const Mutation& mutation) {
  wire_.OnDiscard(key);
  for (auto& [other, fate] : fates_) {
    const bool create = fate.mutation.kind() == Mutation::CREATE && other.daemon == key.daemon;
    if (create && fate.mutation.document_id() == mutation.document_id()) fate.resend = true;
  }
}

void Ledger::Settle(int daemon, const store::Reader& reader, uint64_t seq) {
  const Key key{daemon, seq};
  Fate& fate = fates_[key];
  const auto settled = log::FindSettled(reader, seq);
  if (!settled.ok() || !settled->has_value()) {
    const auto entry = log::Find(reader, seq);
    if (fate.retried && entry.ok() && entry->has_value()) return;  // Refused and retried at once.
    world_.Fail(fmt::format("d{}: mutation {} ended without an outcome", daemon, seq));
    return;
  }
  const auto outcome = (*settled)->outcome();
  world_.Note(fmt::format("d{} settles {} as {}", daemon, seq, static_cast<int>(outcome)));
  const bool was_dead = fate.outcome == SettledEntry::REJECTED;
  const bool may_end = fate.outcome == SettledEntry::OUTCOME_UNSPECIFIED ||
                       (was_dead && outcome == SettledEntry::DISCARDED);
  if (!may_end) world_.Fail(fmt::format("d{}: mutation {} ended twice", daemon, seq));
  fate.outcome = outcome;
  fate.last = (*settled)->mutation();
  if (outcome == SettledEntry::DISCARDED) OnDiscarded(key, (*settled)->mutation());
  const int applied = server_.TimesApplied(key);
  const bool create = fate.mutation.kind() == Mutation::CREATE;
  // A dead letter goes back to its old place, and a ledger that knows only the newest mutation
  // takes it for a repetition when a later one of its document was carried out.
  const bool swallowed = fate.retried && plan_.ledger;
  const bool brought_back = BroughtBack(daemon, **settled);
  // What theirs says already is not sent.
  const bool said = versions_.HadConflict(daemon, (*settled)->mutation().document_id());
  const bool together = (*settled)->push().bundle_last() != 0;
  const bool excused = swallowed || brought_back || said || (create && Excused(key, fate)) ||
                       (together && CreateIsExcused(daemon, fate));
  if (outcome == SettledEntry::CONFIRMED && applied == 0 && !excused) {
    world_.Fail(
        fmt::format("d{}: mutation {} is confirmed, but the server never did it", daemon, seq));
  }
  if (outcome == SettledEntry::REJECTED && applied > 0 && !said && !fate.edited &&
      !(create && Excused(key, fate)) && !(*settled)->push().unanswered()) {
    world_.Fail(fmt::format("d{}: mutation {} is said to be refused, but was done", daemon, seq));
  }
  if (outcome == SettledEntry::REJECTED && create && applied > 0 && !Excused(key, fate)) {
    world_.Fail(fmt::format("d{}: create {} is dead, and was carried out", daemon, seq));
  }
  const bool merged = said && plan_.conflict == doors::ConflictMode::kMerge;
  if (outcome == SettledEntry::REJECTED && !merged && !server_.Refused(key)) {
    world_.Fail(
        fmt::format("d{}: mutation {} is dead, but the server never refused it", daemon, seq));
  }
  if (outcome == SettledEntry::CANCELLED && applied > 0 && !fate.edited &&
      !CreateIsExcused(daemon, fate)) {
    world_.Fail(
        fmt::format("d{}: mutation {} is said to have been cancelled, but was done", daemon, seq));
  }
  versions_.OnSettled(key, **settled, reader);
  if (outcome != SettledEntry::CONFIRMED) {
    odd_.insert((*settled)->mutation().document_id());
  }
}

void Ledger::OnTurn(int daemon, store::Env& env, const doors::Doors& doors,
                    const view::CommitNotice& notice) {
  {
    const auto txn = env.BeginRead();
    for (const view::Enqueued& enqueued : notice.enqueued) {
      Learn(daemon, txn->reader(), enqueued.seq, doors);
    }
    for (const view::Moved& moved : notice.settled) Settle(daemon, txn->reader(), moved.seq);
    for (const view::Moved& moved : notice.holds) {
      world_.Note(
          fmt::format("d{} hold of {} is {}", daemon, moved.seq, static_cast<int>(moved.hold)));
      versions_.OnMoved({daemon, moved.seq}, txn->reader());
    }
    for (const view::Change& change : notice.changes) {
      if (change.previous_id.empty()) continue;
      world_.Note(fmt::format("d{} {} becomes {}", daemon, change.previous_id, change.id));
      versions_.OnRenamed(daemon, change.previous_id, change.id);
    }
  }
  {
    const auto txn = env.BeginRead();
    CheckNotOlder(daemon, txn->reader(), doors, notice);
    CheckTouched(daemon, txn->reader(), notice);
  }
  if (++turns_ % kWholeCheckEvery == 0) CheckWhole(daemon, env, doors);
}

void Ledger::CheckWhole(int daemon, store::Env& env, const doors::Doors& doors) {
  const auto txn = env.BeginRead();
  const absl::Status status = support::CheckStore(txn->reader(), doors.rules(), doors.catalog());
  if (!status.ok()) world_.Fail(fmt::format("d{}: {}", daemon, status.ToString()));
  // No index is configured.
  const auto indexed = txn->reader().Count(store::Table::kIndexes);
  if (indexed.value_or(1) != 0) world_.Fail(fmt::format("d{}: an index has entries", daemon));
}

void Ledger::CheckAnswered(int daemon, const store::Reader& reader) {
  for (const auto& [key, fate] : fates_) {
    if (key.daemon != daemon || fate.mutation.mutation_id().empty()) continue;
    const auto entry = log::Find(reader, key.seq);
    const auto settled = log::FindSettled(reader, key.seq);
    const bool pending = entry.ok() && entry->has_value();
    const bool ended = settled.ok() && settled->has_value();
    if (pending == ended) {
      world_.Fail(fmt::format("d{}: mutation {} ({}) is {}", daemon, key.seq,
                              fate.answered ? "answered" : "committed",
                              pending ? "pending and settled" : "lost"));
    }
    if (ended && (*settled)->outcome() != fate.outcome) {
      world_.Fail(fmt::format("d{}: the outcome of {} changed", daemon, key.seq));
    }
  }
  for (const std::string& early : early_) {
    world_.Fail(fmt::format("mutation {} was answered and is lost", early));
  }
}

void Ledger::OnOpened(int daemon, store::Env& env, const doors::Doors& doors) {
  {
    const auto txn = env.BeginRead();
    CheckAnswered(daemon, txn->reader());
  }
  CheckWhole(daemon, env, doors);
}

void Ledger::OnAsked(int daemon, uint64_t seq, doors::OutboxRequest::Verb verb) {
  using Verb = doors::OutboxRequest::Verb;
  Fate& fate = fates_[{daemon, seq}];
  if (verb == Verb::kRetry) fate.retried = true;
  if (verb == Verb::kEdit) {
    // What may have arrived with the old content a person has given up.
    fate.edited = true;
    fate.resend = true;
    versions_.OnEdited({daemon, seq});
  }
  const bool seen = verb == Verb::kRetry || verb == Verb::kKeepOurs || verb == Verb::kMerged;
  if (seen) versions_.OnAsked({daemon, seq});
}

void Ledger::OnEffects() {
  if (std::exchange(restores_, server_.restores()) != server_.restores()) {
    // What the documents remember is older than what we do.
    newest_of_document_.clear();
    newest_of_scope_.clear();
  }
  for (const Effect& effect : server_.TakeEffects()) {
    bool retried = false;
    for (const uint64_t seq : effect.seqs) {
      CheckKnown({effect.daemon, seq});
      const Fate& fate = fates_[{effect.daemon, seq}];
      retried = retried || fate.retried || fate.edited;
      if (!effect.id.empty()) fates_[{effect.daemon, seq}].reached = effect.id;
    }
    if (!retried) CheckOrder(effect);
    CheckDone(effect);
  }
}

void Ledger::CheckKnown(const Key& key) {
  const Fate& fate = fates_[key];
  if (fate.mutation.mutation_id().empty()) {
    world_.Fail(fmt::format("d{}: mutation {} reached the server before it was durable", key.daemon,
                            key.seq));
    return;
  }
  // With a ledger, whatever is lost or repeated; only a restored backup forgets.
  // (A bundle that was taken apart while an attempt of it was still on its way has another name.)
  const bool renamed = fate.edited || wire_.Split(key);
  // (A create that was answered by nobody, and whose document others deleted, is missing in lists:
  // it is sent anew, and then with what came after it.)
  const bool excused = server_.restored() || renamed || server_.Meddled(key);
  if (plan_.ledger && server_.TimesApplied(key) > 1 && !excused) {
    world_.Fail(
        fmt::format("d{}: {} was carried out twice, in spite of the ledger", key.daemon, key.seq));
  }
  const bool create = fate.mutation.kind() == Mutation::CREATE;
  const bool invoke = fate.mutation.kind() == Mutation::INVOKE;
  if ((create || invoke) && server_.TimesApplied(key) > 1 && !Excused(key, fate)) {
    world_.Fail(fmt::format("d{}: {} {} was carried out twice", key.daemon,
                            create ? "create" : "invoke", key.seq));
  }
}

// What was sent as one write counts as its newest mutation; it may come again.
void Ledger::CheckOrder(const Effect& effect) {
  // What an invoke does besides is in no order.
  if (effect.id.empty()) return;
  // Which of alike documents is whose nobody knows.
  if (HasTwin(fates_[server_.MakerOf(effect.id)])) return;
  const Key newest{effect.daemon, effect.seqs.back()};
  // A request that the network doubled comes late to a server that was restored.
  const bool doubled = fates_[newest].outcome == SettledEntry::CONFIRMED &&
                       server_.TimesApplied(newest) > 1 && server_.restored();
  if (doubled) return;
  uint64_t& of_document = newest_of_document_[{effect.daemon, effect.id}];
  // One that a person took out does not come again with the others, and one that was edited comes
  // again later.
  const Fate& before = fates_[{effect.daemon, of_document}];
  const bool gone = before.outcome == SettledEntry::DISCARDED || before.edited;
  // A bundle that was refused although it may have been carried out, or whose conflict a person has
  // resolved, begins anew, each for itself.
  const Author head{effect.daemon, effect.seqs.front()};
  // So does one that was merged after it was carried out without an answer.
  const std::vector<uint64_t>& together = newest_bundle_[{effect.daemon, effect.id}];
  const bool merged = versions_.HadConflict(effect.daemon, effect.id) &&
                      std::find(together.begin(), together.end(), newest.seq) != together.end();
  const bool split = wire_.Split(head) || versions_.IsDecided(head) || merged;
  if (newest.seq < of_document && !gone && !split && !before.as_stranger) {
    world_.Fail(fmt::format("d{}: {} reached {} after {}", effect.daemon, newest.seq, effect.id,
                            of_document));
  }
  of_document = newest.seq;
  newest_bundle_[{effect.daemon, effect.id}] = effect.seqs;
  const Fate& fate = fates_[newest];
  if (fate.mutation.scope().empty() || server_.TimesApplied(newest) > 1) return;
  uint64_t& of_scope = newest_of_scope_[{effect.daemon, fate.mutation.scope()}];
  if (newest.seq < of_scope) {
    world_.Fail(fmt::format("d{}: {} reached the server after {} of its scope", effect.daemon,
                            newest.seq, of_scope));
  }
  of_scope = newest.seq;
}

}  // namespace tideover::sim
