#include "doors/bundle.h"

#include <algorithm>
#include <utility>

#include "base/planted_bug.h"
#include "base/status_macros.h"
#include "log/lanes.h"
#include "log/mutation_log.h"
#include "log/needs.h"
#include "view/fold.h"

namespace tideover::doors {
namespace {

using log::LogEntry;
using log::Mutation;
using log::PushState;

bool MayHaveArrived(const PushState& push) { return push.unanswered() || push.open_attempt(); }

// Whether `next` may share a write with the lane's head, as far as their records say.
bool MayJoin(const LogEntry& head, const LogEntry& next) {
  const PushState& push = next.push();
  if (PLANTED_BUG(kHeldOneJoins)) return true;
  return push.hold() == PushState::NONE && !push.alone() && !MayHaveArrived(push) &&
         next.mutation().scope().empty() && next.mutation().kind() != Mutation::INVOKE &&
         next.mutation().references_size() == 0 &&
         next.mutation().document_id() == head.mutation().document_id() &&
         next.seen().version() == head.seen().version();
}

bool MayLead(const LogEntry& head) {
  return !head.push().alone() && !MayHaveArrived(head.push()) && head.mutation().scope().empty() &&
         head.mutation().references_size() == 0 && head.mutation().kind() != Mutation::INVOKE;
}

absl::StatusOr<Sendable> Alone(uint64_t seq, LogEntry entry) {
  Sendable sendable;
  ASSIGN_OR_RETURN(sendable.write, view::WriteOf(entry));
  sendable.bundle.seqs.push_back(seq);
  sendable.bundle.entries.push_back(std::move(entry));
  return sendable;
}

absl::StatusOr<bool> Join(Sendable* sendable, uint64_t seq, LogEntry entry) {
  ASSIGN_OR_RETURN(const view::Write write, view::WriteOf(entry));
  const view::Coalesced both = view::Coalesce(&sendable->write, write.kind, write.change);
  if (both == view::Coalesced::kApart) return false;
  sendable->cancelled = both == view::Coalesced::kCancelled;
  sendable->bundle.seqs.push_back(seq);
  sendable->bundle.entries.push_back(std::move(entry));
  return true;
}

}  // namespace

bool Adds(const LogEntry& entry) {
  return entry.mutation().kind() == Mutation::INCREMENT && entry.push().sent_json().empty();
}

absl::StatusOr<bool> AddsAtPresent(const store::Reader& reader, store::CollectionId collection,
                                   std::string_view id, const cache::DocumentHeader& header) {
  if (header.pending == 0) return false;
  ASSIGN_OR_RETURN(const auto front, log::LaneFront(reader, collection, id));
  if (!front.has_value()) return false;
  ASSIGN_OR_RETURN(const Bundle bundle, ReadBundle(reader, *front));
  return !bundle.empty() && bundle.entries.front().push().open_attempt() &&
         std::any_of(bundle.entries.begin(), bundle.entries.end(), Adds);
}

absl::StatusOr<Bundle> ReadBundle(const store::Reader& reader, uint64_t head) {
  Bundle bundle;
  ASSIGN_OR_RETURN(auto first, log::Find(reader, head));
  if (!first.has_value()) return bundle;
  const uint64_t last = first->push().bundle_last();
  const Mutation mutation = first->mutation();
  bundle.seqs.push_back(head);
  bundle.entries.push_back(*std::move(first));
  if (last <= head) return bundle;
  ASSIGN_OR_RETURN(const std::vector<uint64_t> lane,
                   log::ReadLane(reader, mutation.collection(), mutation.document_id()));
  for (const uint64_t seq : lane) {
    if (seq <= head || seq > last) continue;
    ASSIGN_OR_RETURN(LogEntry entry, log::MustFind(reader, seq));
    if (entry.push().bundle_last() != last) continue;  // Back from the dead-letter queue since.
    bundle.seqs.push_back(seq);
    bundle.entries.push_back(std::move(entry));
  }
  return bundle;
}

absl::StatusOr<Bundle> ReadBundleOf(const store::Reader& reader, uint64_t seq) {
  ASSIGN_OR_RETURN(auto entry, log::Find(reader, seq));
  Bundle bundle;
  if (!entry.has_value()) return bundle;
  const uint64_t last = MayHaveArrived(entry->push()) ? entry->push().bundle_last() : 0;
  const Mutation mutation = entry->mutation();
  std::vector<uint64_t> lane = {seq};
  if (last != 0) {
    ASSIGN_OR_RETURN(lane, log::ReadLane(reader, mutation.collection(), mutation.document_id()));
  }
  for (const uint64_t other : lane) {
    ASSIGN_OR_RETURN(LogEntry member, log::MustFind(reader, other));
    if (other != seq && member.push().bundle_last() != last) continue;
    bundle.seqs.push_back(other);
    bundle.entries.push_back(std::move(member));
  }
  return bundle;
}

absl::StatusOr<Sendable> ReadSent(const store::Reader& reader, uint64_t head) {
  ASSIGN_OR_RETURN(Bundle bundle, ReadBundle(reader, head));
  if (bundle.empty()) return Sendable();
  ASSIGN_OR_RETURN(Sendable sendable, Alone(head, std::move(bundle.entries.front())));
  for (size_t i = 1; i < bundle.seqs.size(); ++i) {
    // Members that are gone leave a gap over which the rest may no longer be one write.
    ASSIGN_OR_RETURN(const bool joined,
                     Join(&sendable, bundle.seqs[i], std::move(bundle.entries[i])));
    if (!joined) break;
  }
  return sendable;
}

absl::StatusOr<Sendable> PlanSend(const store::Reader& reader, uint64_t head, size_t members_max) {
  ASSIGN_OR_RETURN(auto first, log::Find(reader, head));
  if (!first.has_value()) return Sendable();
  const bool repeats = MayHaveArrived(first->push()) && !PLANTED_BUG(kBundleRecomposed);
  if (repeats) return ReadSent(reader, head);
  const bool leads = MayLead(*first);
  const Mutation mutation = first->mutation();
  ASSIGN_OR_RETURN(Sendable sendable, Alone(head, *std::move(first)));
  if (!leads) return sendable;
  ASSIGN_OR_RETURN(const std::vector<uint64_t> lane,
                   log::ReadLane(reader, mutation.collection(), mutation.document_id()));
  // What another mutation waits for must not be cancelled.
  ASSIGN_OR_RETURN(const auto needing,
                   log::ReadNeeds(reader, {mutation.collection(), mutation.document_id()}, 1));
  const bool needed = mutation.kind() == Mutation::CREATE && !needing.empty();
  size_t bytes = mutation.json().size();
  for (const uint64_t seq : lane) {
    if (seq <= head) continue;
    if (sendable.bundle.seqs.size() >= members_max || sendable.cancelled) break;
    ASSIGN_OR_RETURN(LogEntry entry, log::MustFind(reader, seq));
    bytes += entry.mutation().json().size();
    if (bytes > json::kDocumentBytesMax) break;
    if (!MayJoin(sendable.bundle.entries.front(), entry)) break;
    if (entry.mutation().kind() == Mutation::DELETE && needed) break;
    ASSIGN_OR_RETURN(const bool joined, Join(&sendable, seq, std::move(entry)));
    if (!joined) break;
  }
  return sendable;
}

}  // namespace tideover::doors
