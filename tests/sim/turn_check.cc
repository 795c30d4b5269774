// What must hold of each commit beyond what the store says of itself: part of Ledger.
#include <fmt/format.h>

#include <set>

#include "cache/documents.h"
#include "log/mutation_log.h"
#include "sim/ledger.h"
#include "view/fold.h"

namespace tideover::sim {

using log::PushState;

// Where nobody else writes, a document of which nothing is pending is known as the server has it
// now: a list that was read before our own writes settled must not bring back what was.
void Ledger::CheckNotOlder(int daemon, const store::Reader& reader, const doors::Doors& doors,
                           const view::CommitNotice& notice) {
  if (plan_.daemons > 1 || plan_.foreign_write > 0 || server_.restored()) return;
  for (const view::Change& change : notice.changes) {
    const Author maker = server_.MakerOf(change.id);
    const bool known = maker.seq != 0 && !HasTwin(fates_[maker]) && !odd_.contains(change.id) &&
                       !server_.Invoked(change.id);
    const auto document = cache::Find(reader, change.collection, change.id);
    if (!known || !document.ok() || (document->has_value() && (*document)->header.pending > 0)) {
      continue;
    }
    const Documents& all = server_.documents(daemon, doors.catalog().NameOf(change.collection));
    const auto at_server = all.find(change.id);
    const bool here = document->has_value() && (*document)->base.has_value();
    const bool there = at_server != all.end();
    if (here == there && (!here || json::Parse(*(*document)->base).value() == at_server->second)) {
      continue;
    }
    world_.Fail(fmt::format("d{}: {} went back to {} while the server has {}", daemon, change.id,
                            here ? *(*document)->base : "-",
                            there ? json::Write(at_server->second) : "-"));
  }
}

// Every text that apps write begins otherwise. An argument may name what is forgotten: nobody knows
// any more that it is a name.
void Ledger::CheckNames(int daemon, const sync::PushRequest& request) {
  const std::string change = json::Write(request.change);
  const bool invoke = request.mutation.kind() == log::Mutation::INVOKE;
  if (change.find("\"local-") == std::string::npos) return;
  bool known = !invoke;
  for (const auto& [key, fate] : fates_) {
    const bool creates = key.daemon == daemon && key.seq < request.seq &&
                         fate.mutation.kind() == log::Mutation::CREATE;
    const bool lives = fate.outcome == log::SettledEntry::OUTCOME_UNSPECIFIED ||
                       fate.outcome == log::SettledEntry::CONFIRMED;
    known = known || (creates && lives &&
                      change.find("\"" + fate.mutation.document_id() + "\"") != std::string::npos);
  }
  if (!known) return;
  world_.Fail(fmt::format("d{}: mutation {} says {} to the server", daemon, request.seq, change));
}

// What leaves is pending, and what the app asked for unless the log says that it was changed.
void Ledger::OnSend(int daemon, const store::Reader& reader, const sync::PushRequest& request) {
  CheckNames(daemon, request);
  std::map<uint64_t, view::Write> writes;
  for (const uint64_t seq : request.seqs) {
    const auto entry = log::Find(reader, seq);
    if (!entry.ok() || !entry->has_value()) {
      return world_.Fail(fmt::format("d{}: {} is sent and is not in the log", daemon, seq));
    }
    const log::Mutation& asked = fates_[{daemon, seq}].mutation;
    if (log::GivenId(**entry) != asked.mutation_id()) {
      world_.Fail(fmt::format("d{}: mutation {} has the id {} and is logged as {}", daemon, seq,
                              asked.mutation_id(), log::GivenId(**entry)));
    }
    const bool names = seq != request.seqs.back() ||
                       request.mutation.mutation_id() == (*entry)->mutation().mutation_id();
    if (!names) {
      world_.Fail(fmt::format("d{}: mutation {} has the id {} and is sent as {}", daemon, seq,
                              (*entry)->mutation().mutation_id(), request.mutation.mutation_id()));
    }
    const bool may_change =
        (*entry)->has_original() || asked.references_size() > 0 || fates_[{daemon, seq}].retried;
    if (!may_change && (*entry)->mutation().json() != asked.json()) {
      world_.Fail(fmt::format("d{}: {} asked for {} and became {}", daemon, seq, asked.json(),
                              (*entry)->mutation().json()));
    }
    if (asked.kind() == log::Mutation::INVOKE) return;
    auto write = view::WriteOf(**entry);
    if (!write.ok()) return world_.Fail(write.status().ToString());
    writes[seq] = *std::move(write);
  }
  sent_[{{daemon, request.seq}, request.attempt}] = std::move(writes);
}

// What reached the server is what the mutations say, one after the other.
void Ledger::CheckDone(const Effect& effect) {
  const Key first{effect.daemon, effect.seqs.front()};
  const Fate& fate = fates_[first];
  if (fate.mutation.kind() == log::Mutation::INVOKE) return;
  // What was added twice without a ledger is wrong for good, unless somebody asked for it.
  const bool adds = fate.mutation.kind() == log::Mutation::INCREMENT && plan_.offers;
  // What left in a whole document went with it when that was written once more.
  if (fate.mutation.kind() == log::Mutation::REPLACE) {
    for (const uint64_t seq : effect.seqs) in_whole_.insert({effect.daemon, seq});
  }
  const bool excused = Excused(first, fate) || CreateIsExcused(first.daemon, fate) || fate.edited ||
                       in_whole_.contains(first);
  if (adds && server_.TimesApplied(first) > 1 && !excused) {
    world_.Fail(fmt::format("d{}: {} was added twice", first.daemon, first.seq));
  }
  std::optional<json::Value> expected = effect.before;
  const auto& carried = sent_[{{effect.daemon, effect.seqs.front()}, effect.attempt}];
  for (const auto& [seq, write] : carried) {
    expected = view::Apply(std::move(expected), write.kind, write.change, "id", effect.id);
  }
  versions_.OnEffect(effect, carried);
  if (expected == effect.after) return;
  const auto text = [](const std::optional<json::Value>& document) {
    return document.has_value() ? json::Write(*document) : "-";
  };
  world_.Fail(fmt::format("d{}: {} to {} left {} at {}, which should be {}", effect.daemon,
                          effect.seqs.front(), effect.seqs.back(), effect.id, text(effect.after),
                          text(expected)));
}

// A document that a create of ours made must not stand beside the one that we still show for it.
void Ledger::CheckShownOnce(int daemon, const store::Reader& reader, const view::Change& change) {
  const Author maker = server_.MakerOf(change.id);
  if (maker.daemon != daemon || maker.seq == 0) return;
  const Fate& fate = fates_[maker];
  if (fate.mutation.kind() != log::Mutation::CREATE) return;
  if (Excused(maker, fate) || fate.asks || server_.restored()) return;
  const auto entry = log::Find(reader, maker.seq);
  if (!entry.ok() || !entry->has_value()) return;
  const std::string& id = (*entry)->mutation().document_id();
  if (id == change.id || (*entry)->push().hold() == PushState::AMBIGUOUS) return;
  const auto document = cache::Find(reader, change.collection, change.id);
  if (!document.ok() || !document->has_value() || !(*document)->view.has_value()) return;
  world_.Fail(fmt::format("d{}: {} is shown, and still {} for it", daemon, change.id, id));
}

void Ledger::CheckTouched(int daemon, const store::Reader& reader,
                          const view::CommitNotice& notice) {
  std::set<Place> places;
  std::set<Place> settled;
  for (const view::Change& change : notice.changes) {
    places.emplace(daemon, change.collection, change.id);
    CheckShownOnce(daemon, reader, change);
  }
  for (const view::Enqueued& enqueued : notice.enqueued) {
    if (enqueued.collection != 0) {
      places.emplace(daemon, enqueued.collection, enqueued.document_id);
    }
  }
  for (const view::Moved& moved : notice.settled) {
    if (moved.collection != 0) settled.emplace(daemon, moved.collection, moved.document_id);
    for (const auto& [collection, id] : moved.effects) {
      if (collection != 0) settled.emplace(daemon, collection, id);
    }
  }
  places.insert(settled.begin(), settled.end());
  for (const Place& place : places) {
    const auto document = cache::Find(reader, std::get<1>(place), std::get<2>(place));
    if (!document.ok()) return world_.Fail(document.status().ToString());
    Touched now;
    if (document->has_value()) {
      const cache::DocumentHeader& header = (*document)->header;
      now = {(*document)->base.has_value(), header.pending, header.server_version};
    }
    Touched& before = touched_[place];
    // A deletion with a version was told; absence in a list is no more than that.
    const bool told = now.version > before.version;
    const bool vanished = before.base && !now.base && before.pending > 0 && now.pending > 0 &&
                          !told && !versions_.HadConflict(daemon, std::get<2>(place));
    if (vanished && !settled.contains(place)) {
      world_.Fail(fmt::format("d{}: the base of {} vanished under pending mutations", daemon,
                              std::get<2>(place)));
    }
    before = now;
  }
}

}  // namespace tideover::sim
