// What must hold when every fault is off, everybody is signed in and the network is there, after a
// bounded time: the second half of Ledger.
#include <fmt/format.h>

#include <algorithm>

#include "base/ids.h"
#include "cache/documents.h"
#include "cache/id_map.h"
#include "log/lanes.h"
#include "log/mutation_log.h"
#include "log/settled.h"
#include "sim/ledger.h"
#include "view/fold.h"

namespace tideover::sim {

using log::LogEntry;
using log::Mutation;
using log::PushState;
using log::SettledEntry;

// Base = what the server has, for every document; view = base where nothing is pending.
void Ledger::CheckDocuments(int daemon, const store::Reader& reader, const doors::Doors& doors) {
  for (const auto& [name, collection] : doors.catalog().all()) {
    Documents missing = server_.documents(daemon, name);
    const absl::Status walked = cache::ForEach(
        reader, collection, "",
        [&, &name = name](std::string_view id, const cache::DocumentRef& document) {
          const auto at_server = missing.find(std::string(id));
          const bool there = at_server != missing.end();
          // Absence deletes only what nothing pending touches.
          const bool kept = !there && document.header.pending > 0;
          const bool differs = (there != document.base.has_value() && !kept) ||
                               (there && json::Parse(*document.base).value() != at_server->second);
          if (differs) {
            world_.Fail(fmt::format("d{}: base of {}/{} is {}, the server has {}", daemon, name, id,
                                    document.base.value_or("-"),
                                    there ? json::Write(at_server->second) : "-"));
          }
          if (document.header.pending == 0 && document.view != document.base) {
            world_.Fail(fmt::format("d{}: view of {}/{} is not its base", daemon, name, id));
          }
          if (there) missing.erase(at_server);
          return true;
        });
    if (!walked.ok()) world_.Fail(walked.ToString());
    if (!missing.empty()) {
      world_.Fail(fmt::format("d{}: {} documents of {} are missing, one is {}", daemon,
                              missing.size(), name, missing.begin()->first));
    }
  }
}

// What is left in the outbox waits for a person or for an answer that never comes, or stands behind
// one that does.
void Ledger::CheckOutbox(int daemon, const store::Reader& reader) {
  std::set<std::string> blocked;
  const auto name = [](const log::DocumentKey& document) {
    return fmt::format("document {}/{}", document.first, document.second);
  };
  absl::Status walked = log::ForEach(reader, 1, [&](uint64_t seq, const LogEntry& entry) {
    // Also what leaves together with it.
    const bool stuck = entry.mutation().json().find("stuck") != std::string::npos;
    for (const auto& lane : log::LanesOf(seq, entry.mutation())) {
      if (stuck) blocked.insert(name(lane));
    }
    return true;
  });
  walked.Update(log::ForEach(reader, 1, [&](uint64_t seq, const LogEntry& entry) {
    const Mutation& mutation = entry.mutation();
    std::vector<log::DocumentKey> documents = log::LanesOf(seq, mutation);
    const std::string scope = "scope " + mutation.scope();
    bool waits = false;
    for (const auto& document : documents) waits = waits || blocked.contains(name(document));
    for (const auto& reference : mutation.references()) {
      waits = waits || blocked.contains(name(log::KeyOf(reference)));
    }
    const auto hold = entry.push().hold();
    const bool excused = (hold != PushState::NONE && hold != PushState::VERIFY) || waits ||
                         (!mutation.scope().empty() && blocked.contains(scope));
    if (!excused) {
      world_.Fail(fmt::format("d{}: mutation {} is stuck (hold {}, {} attempts, last: {})", daemon,
                              seq, static_cast<int>(hold), entry.push().attempts(),
                              entry.push().last_error().message()));
    }
    for (const auto& document : documents) blocked.insert(name(document));
    if (!mutation.scope().empty()) blocked.insert(scope);
    return true;
  }));
  if (!walked.ok()) world_.Fail(walked.ToString());
}

// Of creates that look alike nobody can say which is which, but their number must be right: as many
// as were confirmed, and no more than were made.
void Ledger::CheckTwins(int daemon) {
  if (plan_.daemons > 1 || plan_.foreign_write > 0 || server_.restored()) return;
  int confirmed = 0;
  int made = 0;
  int applied = 0;
  for (const auto& [key, fate] : fates_) {
    if (key.daemon != daemon || fate.mutation.kind() != Mutation::CREATE || !HasTwin(fate))
      continue;
    if (fate.retried || fate.resend || server_.Meddled(key)) return;
    ++made;
    if (fate.outcome == SettledEntry::CONFIRMED) ++confirmed;
    applied += server_.TimesApplied(key);
  }
  if (applied < confirmed || applied > made) {
    world_.Fail(fmt::format("d{}: of {} alike creates {} are confirmed and {} were carried out",
                            daemon, made, confirmed, applied));
  }
}

// Where nobody else writes, a document is what our mutations made of it, one after the other: no
// sum counts twice, nothing is missing.
void Ledger::CheckHistories(int daemon) {
  if (plan_.daemons > 1 || plan_.foreign_write > 0 || server_.restored()) return;
  std::map<std::string, std::optional<json::Value>> made;
  std::set<std::string> unclear;  // A person, or chance, had a say.
  for (const auto& [key, fate] : fates_) {
    const bool pending = fate.outcome == SettledEntry::OUTCOME_UNSPECIFIED;
    const Mutation& mutation = pending ? fate.mutation : fate.last;
    const std::string& id = fate.reached.empty() ? mutation.document_id() : fate.reached;
    if (key.daemon != daemon || mutation.kind() == Mutation::INVOKE) continue;
    // What says the same again is without effect.
    const bool adds = mutation.kind() == Mutation::CREATE ||
                      (mutation.kind() == Mutation::INCREMENT && plan_.offers);
    const bool odd = fate.retried || fate.edited || HasTwin(fate) ||
                     versions_.HadConflict(daemon, id) || (adds && server_.TimesApplied(key) > 1) ||
                     (fate.outcome != SettledEntry::CONFIRMED && server_.TimesApplied(key) > 0);
    if (odd) unclear.insert(id);
    if (fate.outcome != SettledEntry::CONFIRMED) continue;
    const json::Value change =
        mutation.json().empty() ? json::Value() : json::Parse(mutation.json()).value();
    made[id] = view::Apply(std::move(made[id]), mutation.kind(), change, "id", id);
  }
  for (const char* collection : {"todos", "notes"}) {
    for (const auto& [id, document] : server_.documents(daemon, collection)) {
      const auto it = made.find(id);
      const Author maker = server_.MakerOf(id);
      const bool ours = it != made.end() && maker.daemon == daemon && fates_[maker].reached == id &&
                        server_.TimesApplied(maker) == 1;
      if (!ours || unclear.contains(id) || server_.Invoked(id)) continue;
      if (it->second == document) continue;
      world_.Fail(fmt::format("d{}: our mutations make {} of {}, and the server has {}", daemon,
                              it->second.has_value() ? json::Write(*it->second) : "-", id,
                              json::Write(document)));
    }
  }
}

// Every id that apps were given leads to the document, whatever the server calls it.
void Ledger::CheckIdMap(int daemon, const store::Reader& reader) {
  for (const auto& [key, fate] : fates_) {
    if (key.daemon != daemon || fate.outcome != SettledEntry::CONFIRMED) continue;
    const std::string& id = fate.mutation.document_id();
    if (fate.mutation.kind() != Mutation::CREATE || !base::IsProvisionalId(id)) continue;
    const auto resolved = cache::ResolveId(reader, fate.mutation.collection(), id);
    if (resolved.ok() && !base::IsProvisionalId(*resolved)) continue;
    world_.Fail(fmt::format("d{}: {} was confirmed and its id leads nowhere", daemon, id));
  }
}

// Whatever an app of one identity wrote begins with its name.
void Ledger::CheckTaint(int daemon, const store::Reader& reader, const doors::Doors& doors) {
  if (!plan_.identities) return;
  const std::string other = fmt::format("\"c{}-", 1 - daemon);
  for (const auto& [name, collection] : doors.catalog().all()) {
    const absl::Status walked = cache::ForEach(
        reader, collection, "", [&](std::string_view id, const cache::DocumentRef& document) {
          const bool foreign = document.view.value_or("").find(other) != std::string_view::npos ||
                               document.base.value_or("").find(other) != std::string_view::npos;
          if (foreign) world_.Fail(fmt::format("d{}: {} is another identity's", daemon, id));
          return !foreign;
        });
    if (!walked.ok()) world_.Fail(walked.ToString());
  }
}

void Ledger::CheckQuiet(int daemon, store::Env& env, const doors::Doors& doors) {
  {
    const auto txn = env.BeginRead();
    CheckAnswered(daemon, txn->reader());
    CheckOutbox(daemon, txn->reader());
    CheckDocuments(daemon, txn->reader(), doors);
    CheckTwins(daemon);
    CheckHistories(daemon);
    CheckIdMap(daemon, txn->reader());
    CheckTaint(daemon, txn->reader(), doors);
  }
  CheckWhole(daemon, env, doors);
}

}  // namespace tideover::sim
