#include "sim/version_check.h"

#include <absl/strings/str_replace.h>
#include <fmt/format.h>

#include <algorithm>

#include "cache/documents.h"
#include "log/lanes.h"
#include "log/mutation_log.h"
#include "view/commute.h"
#include "view/fold.h"

namespace tideover::sim {
namespace {

using doors::ConflictMode;
using log::Mutation;
using log::SettledEntry;

// Null where it is missing: that is the same.
json::Value MemberOf(const std::optional<json::Value>& document, const std::string& name) {
  const json::Value* member = document.has_value() ? document->Find(name) : nullptr;
  return member == nullptr ? json::Value() : *member;
}

// What it writes has the member with that value.
bool Says(const Mutation& mutation, const std::string& member, const json::Value& value) {
  const auto change = json::Parse(mutation.json());
  const json::Value* said = change.ok() ? change->Find(member) : nullptr;
  return said != nullptr && *said == value;
}

}  // namespace

void VersionCheck::OnLogged(Author author, const log::LogEntry& entry) {
  Saw& saw = saw_[author];
  saw.version = entry.seen().version();
  saw.first = saw.version;
  const bool again = !saw.mutation.mutation_id().empty();
  saw.decided = saw.decided || again;
  if (!again) saw.mutation = entry.mutation();
}

void VersionCheck::OnRenamed(int daemon, const std::string& from, const std::string& to) {
  for (auto& [author, saw] : saw_) {
    if (author.daemon != daemon) continue;
    if (saw.mutation.document_id() == from) saw.mutation.set_document_id(to);
    const std::pair<std::string, std::string> name(fmt::format(R"("{}")", from),
                                                   fmt::format(R"("{}")", to));
    *saw.mutation.mutable_json() = absl::StrReplaceAll(saw.mutation.json(), {name});
  }
}

void VersionCheck::RaiseLane(int daemon, const store::Reader& reader, const Mutation& mutation) {
  if (mutation.kind() == Mutation::INVOKE) return;
  const auto document = cache::Find(reader, mutation.collection(), mutation.document_id());
  const auto lane = log::ReadLane(reader, mutation.collection(), mutation.document_id());
  if (!document.ok() || !document->has_value() || !lane.ok()) return;
  int64_t version = (*document)->header.server_version;
  if (!(*document)->base.has_value()) {
    // It is known to be gone, if not since when.
    for (const Version& each : server_.HistoryOf(mutation.document_id())) {
      if (!each.document.has_value()) version = each.number;
    }
  }
  for (const uint64_t seq : *lane) {
    Saw& saw = saw_[{daemon, seq}];
    saw.version = std::max(saw.version, version);
  }
}

void VersionCheck::OnMoved(Author author, const store::Reader& reader) {
  if (!plan_.versions || !asked_.contains(author)) return;
  const auto entry = log::Find(reader, author.seq);
  if (!entry.ok() || !entry->has_value()) return;
  saw_[author].decided = true;
  if ((*entry)->push().hold() == log::PushState::CONFLICT) return;
  asked_.erase(author);
  RaiseLane(author.daemon, reader, (*entry)->mutation());
}

void VersionCheck::OnAnswer(int daemon, const sync::PushRequest& request,
                            const sync::PushResult& result) {
  if (!plan_.versions || !result.document.has_value()) {
    if (result.outcome == sync::PushClass::kConflict) {
      conflicts_.emplace(daemon, request.mutation.document_id());
    }
    return;
  }
  const Author author{daemon, request.seqs.back()};
  const json::Value* said = result.document->Find("_version");
  const int64_t version = said == nullptr ? 0 : said->AsInt64().value_or(0);
  const std::string& id =
      result.server_id.empty() ? request.mutation.document_id() : result.server_id;
  if (version == 0) return;
  if (result.outcome == sync::PushClass::kConflict) {
    conflicts_.emplace(daemon, id);
    Saw& saw = saw_[{daemon, request.seq}];
    // A bundle that was taken apart, and what a person took out, counts as another's.
    const auto& history = server_.HistoryOf(id);
    saw.met_own =
        !AnyDisowned(id) && std::all_of(history.begin(), history.end(), [&](const Version& each) {
          const bool own = IsOwn(each.author, {daemon, request.seq}) && !each.invoked;
          return each.number <= saw.first || each.number > version || own;
        });
  } else if (result.outcome == sync::PushClass::kConfirmed) {
    const auto& history = server_.HistoryOf(id);
    if (history.at(static_cast<size_t>(version) - 1).author != author) saw_[author].told = true;
  }
}

bool VersionCheck::OthersWrote(Author author, int64_t from, int64_t to,
                               const std::string& id) const {
  bool others = false;
  const std::optional<json::Value> nothing;
  const std::optional<json::Value>* before = &nothing;
  const std::optional<json::Value>* seen = &nothing;
  for (const Version& version : server_.HistoryOf(id)) {
    if (version.number > to) break;
    const bool changed = version.document != *before;
    const bool own = IsOwn(version.author, author) && !version.invoked;
    // Of what was before our own create nothing is left, and one of ours that knew no version wrote
    // over it.
    if (own && (!before->has_value() || version.blind)) others = false;
    // What they wrote was gone again.
    if (own && version.number > from && *before == *seen) others = false;
    if (version.number == from) seen = &version.document;
    if (version.number > from && !own && changed) others = true;
    before = &version.document;
  }
  return others;
}

bool VersionCheck::AnyDisowned(const std::string& id) const {
  const auto& history = server_.HistoryOf(id);
  return std::any_of(history.begin(), history.end(),
                     [&](const Version& version) { return IsDisowned(version.author); });
}

std::vector<Author> VersionCheck::WhoChanged(int64_t from, int64_t to, const std::string& id,
                                             const std::string& member) const {
  const auto& history = server_.HistoryOf(id);
  std::vector<Author> who;
  for (int64_t number = std::max<int64_t>(from, 1) + 1; number <= to; ++number) {
    const Version& before = history.at(static_cast<size_t>(number) - 2);
    const Version& now = history.at(static_cast<size_t>(number) - 1);
    if (MemberOf(before.document, member) == MemberOf(now.document, member)) continue;
    who.push_back(now.author);
  }
  return who;
}

bool VersionCheck::WantedBefore(Author author, const std::string& member,
                                const json::Value& value) const {
  return std::any_of(saw_.begin(), saw_.end(), [&](const auto& entry) {
    const auto& [other, saw] = entry;
    return IsOwn(other, author) && Says(saw.mutation, member, value);
  });
}

// The document as its version was, with what earlier mutations of ours add to its lists and take
// out of them: the author saw them pending. (Another who does the same changes nothing.)
std::optional<json::Value> VersionCheck::SeenBy(Author author, const std::string& id,
                                                int64_t version) const {
  auto seen = server_.HistoryOf(id).at(static_cast<size_t>(version) - 1).document;
  for (const auto& [other, saw] : saw_) {
    const Mutation::Kind kind = saw.mutation.kind();
    const bool of_lists = kind == Mutation::ADD_TO_SET || kind == Mutation::REMOVE;
    if (!of_lists || !IsOwn(other, author) || saw.mutation.document_id() != id) continue;
    seen = view::Apply(std::move(seen), kind, json::Parse(saw.mutation.json()).value(), "id", id);
  }
  return seen;
}

void VersionCheck::CheckMembers(Author author, const Effect& effect,
                                const std::set<std::string>& names) {
  const Saw& saw = saw_[author];
  const auto before = static_cast<int64_t>(effect.history);
  if (saw.decided || saw.version == 0) return;
  const auto& history = server_.HistoryOf(effect.id);
  const auto& seen = history.at(static_cast<size_t>(saw.version) - 1).document;
  const std::optional<json::Value> with_ours = SeenBy(author, effect.id, saw.version);
  // A bundle is merged as one, from what its head was made on: what is as it was then nobody
  // changed.
  const int64_t head = saw_[{effect.daemon, effect.seqs.front()}].first;
  const auto& then = head == 0 ? seen : history.at(static_cast<size_t>(head) - 1).document;
  for (const std::string& name : names) {
    const json::Value was = MemberOf(effect.before, name);
    const bool known = was == MemberOf(seen, name) || was == MemberOf(with_ours, name) ||
                       was == MemberOf(then, name);
    if (known || was == MemberOf(effect.after, name)) continue;
    const std::vector<Author> who = WhoChanged(saw.version, before, effect.id, name);
    if (who.empty() || IsOwn(who.back(), author) || WantedBefore(author, name, was)) continue;
    world_.Fail(
        fmt::format("d{}: {} of {} was made on version {} and overwrites \"{}\", which "
                    "others changed since",
                    author.daemon, author.seq, effect.id, saw.version, name));
  }
}

// What the server's side wins must stand. Of a bundle each member counts as its last writer's.
void VersionCheck::CheckMerged(const Effect& effect,
                               const std::map<uint64_t, view::Write>& carried) {
  if (plan_.prefer == doors::Prefer::kClient) return;
  std::set<std::string> written;
  for (auto it = carried.rbegin(); it != carried.rend(); ++it) {
    const view::Write& write = it->second;
    std::set<std::string> names;
    for (const json::Member& member : write.change.members()) names.insert(member.name);
    const bool whole = write.kind == Mutation::REPLACE || write.kind == Mutation::DELETE;
    for (const json::Member& member : effect.before->members()) {
      if (whole) names.insert(member.name);
    }
    for (const std::string& name : written) names.erase(name);
    const Author author{effect.daemon, it->first};
    // What commutes was computed on the newest.
    if (!view::Commutes(saw_[author].mutation.kind())) CheckMembers(author, effect, names);
    if (whole) return;
    written.insert(names.begin(), names.end());
  }
}

void VersionCheck::OnEffect(const Effect& effect, const std::map<uint64_t, view::Write>& carried) {
  if (!plan_.versions) return;
  for (const auto& [seq, write] : carried) {
    Saw& saw = saw_[{effect.daemon, seq}];
    for (const json::Member& member : write.change.members()) {
      // A whole document that was merged says theirs where ours gave way.
      const bool theirs = write.kind == Mutation::REPLACE &&
                          saw.mutation.kind() == Mutation::REPLACE &&
                          !Says(saw.mutation, member.name, member.value);
      if (!theirs) saw.carried.insert(member.name);
    }
  }
  const bool unseen_allowed = plan_.conflict == ConflictMode::kLastWriteWins ||
                              !effect.before.has_value() || effect.before == effect.after;
  if (unseen_allowed) return;
  if (plan_.conflict == ConflictMode::kMerge) return CheckMerged(effect, carried);
  const auto before = static_cast<int64_t>(effect.history);
  for (const uint64_t seq : effect.seqs) {
    const Author author{effect.daemon, seq};
    const Saw& saw = saw_[author];
    // Made on a create whose outcome nobody waited for.
    if (saw.first == 0 && effect.base_version == 0) continue;
    if (!OthersWrote(author, saw.version, before, effect.id)) continue;
    // What they wrote is gone again.
    const auto& history = server_.HistoryOf(effect.id);
    const bool same = std::any_of(history.begin(), history.end(), [&](const Version& each) {
      const bool own = each.number > saw.version && IsOwn(each.author, author) && !each.invoked;
      return (own || each.number == saw.version) && each.document == effect.before;
    });
    if (same) continue;
    world_.Fail(fmt::format("d{}: {} was made on version {} of {}, and overwrites version {}",
                            author.daemon, seq, saw.version, effect.id, before));
  }
}

// The document once had that value, whoever wrote it.
bool VersionCheck::StoodThere(const std::string& id, const std::string& member,
                              const json::Value& value) const {
  const auto& history = server_.HistoryOf(id);
  return std::any_of(history.begin(), history.end(), [&](const Version& version) {
    return MemberOf(version.document, member) == value;
  });
}

// What was made on a write of ours that gave way gives way with it: the oldest version that such a
// one was made on.
int64_t VersionCheck::ChainBegan(Author author, const std::string& id,
                                 const std::string& member) const {
  int64_t began = saw_.at(author).first;
  for (const auto& [other, saw] : saw_) {
    if (!IsOwn(other, author) || saw.mutation.document_id() != id) continue;
    const auto change = json::Parse(saw.mutation.json());
    const bool writes = saw.mutation.kind() == Mutation::REPLACE ||
                        (change.ok() && change->Find(member) != nullptr);
    if (writes && !saw.carried.contains(member)) began = std::min(began, saw.first);
  }
  return began;
}

// An earlier write of ours says the same, and answers for it.
bool VersionCheck::SaidBefore(Author author, const std::string& id,
                              const json::Member& member) const {
  return std::any_of(saw_.begin(), saw_.end(), [&](const auto& entry) {
    const auto& [other, saw] = entry;
    return IsOwn(other, author) && other.seq < author.seq && saw.mutation.document_id() == id &&
           Says(saw.mutation, member.name, member.value);
  });
}

// Nobody can merge what follows an invoke with what was before it.
bool VersionCheck::InvokedSince(const std::string& id, int64_t version) const {
  const auto& history = server_.HistoryOf(id);
  return std::any_of(history.begin(), history.end(),
                     [&](const Version& each) { return each.number > version && each.invoked; });
}

// What a merge left out stands at the server, or gives way to what others wrote.
void VersionCheck::CheckAllCarried(Author author, const SettledEntry& settled) {
  const Saw& saw = saw_[author];
  const std::string& id = settled.mutation().document_id();
  if (saw.decided || saw.mutation.kind() != Mutation::UPDATE) return;
  // It was deleted here and there.
  if (server_.HistoryOf(id).empty() || !server_.HistoryOf(id).back().document.has_value()) return;
  const auto last = static_cast<int64_t>(server_.HistoryOf(id).size());
  const auto change = json::Parse(saw.mutation.json());
  for (const json::Member& member : change->members()) {
    if (saw.carried.contains(member.name) || StoodThere(id, member.name, member.value)) continue;
    if (SaidBefore(author, id, member)) continue;
    const int64_t since = ChainBegan(author, id, member.name);
    const std::vector<Author> who = WhoChanged(since, last, id, member.name);
    const bool gave_way =
        plan_.prefer == doors::Prefer::kServer &&
        (InvokedSince(id, since) || std::any_of(who.begin(), who.end(), [&](const Author& writer) {
           return !IsOwn(writer, author) || IsDisowned(writer);
         }));
    if (gave_way) continue;
    world_.Fail(fmt::format("d{}: {} is confirmed, and its \"{}\" never reached {}", author.daemon,
                            author.seq, member.name, id));
  }
}

void VersionCheck::OnSettled(Author author, const SettledEntry& settled,
                             const store::Reader& reader) {
  if (!plan_.versions) return;
  Saw& saw = saw_[author];
  const bool refused = settled.outcome() == SettledEntry::REJECTED;
  // An edit is another write than the attempt before it.
  if (refused && saw.met_own && !saw.decided &&
      settled.push().last_error().outcome() == "conflict") {
    world_.Fail(fmt::format("d{}: {} is refused for a conflict with our own writes", author.daemon,
                            author.seq));
  }
  if (settled.outcome() != SettledEntry::CONFIRMED) {
    disowned_.insert(author);
    return;
  }
  if (plan_.conflict == ConflictMode::kMerge) CheckAllCarried(author, settled);
  // Its answer, or the list that stood for it, showed the document as it is: what follows is taken
  // for a write on that.
  const bool from_list =
      settled.push().unanswered() && settled.mutation().kind() == Mutation::CREATE;
  if (saw.told || from_list) RaiseLane(author.daemon, reader, settled.mutation());
}

}  // namespace tideover::sim
