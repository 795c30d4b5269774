// What the server says of a document, on its way into the cache: the one place where version,
// time of change and tombstone mark leave the JSON, and where a version is compared with what is
// there. On the writer's thread.
//
// In a collection with versions the base never goes back: a lower version changes nothing, an equal
// one says nothing new. When it moves on under pending mutations, the first of those that were made
// on the old one keeps it (LogEntry.seen), for a merge or a person to compare with.
#ifndef TIDEOVER_DOORS_INCOMING_H_
#define TIDEOVER_DOORS_INCOMING_H_

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/json.h"
#include "cache/document.h"
#include "doors/rules.h"
#include "doors/turn.h"

namespace tideover::doors {

struct Said {
  // Empty: the server has none.
  std::optional<json::Value> document;
  // 0: none was said.
  int64_t version = 0;
  int64_t last_changed_ms = 0;
};

// Takes version, `_lastChangedAt` and `_deleted` out of what came; without a version member in the
// collection's rules, nothing.
Said TakeVersion(const CollectionRules& rules, json::Value document);

// The same for a document of known id, which is written into its id member.
Said TakeVersion(const CollectionRules& rules, json::Value document, std::string_view id);

// Whether `said` is older than the document's base.
bool IsOlder(const Said& said, const cache::Document& document);
// Whether it tells anything: it is newer, or has no version to tell by.
bool IsNews(const Said& said, const cache::Document& document);

// Makes it the document's base, when it is news; pending mutations keep what they saw. The caller
// folds the document again and stores it. False: it was no news.
absl::StatusOr<bool> TakeBase(Turn* turn, store::CollectionId collection, std::string_view id,
                              const Said& said, cache::Document* document);

// The document as a mutation of `version` saw it: what one of `pending` keeps of it, or the base.
absl::StatusOr<std::optional<json::Value>> BaseSeen(std::span<const log::LogEntry> pending,
                                                    int64_t version,
                                                    const cache::Document& document);

// The mutation is made on this version from now on (0: on none that is known), and keeps nothing of
// what it saw.
void SeeVersion(int64_t version, log::LogEntry* entry);

// A mutation that keeps what others saw as well leaves its lane, or sees something else from now
// on: the next of them keeps it. Called when that is written.
absl::Status HandOnSeen(Turn* turn, const log::LogEntry& left);

// Our own write of `seen_version`, with what others wrote after it, is in the newest version: what
// was made on top of ours saw `made`, which is what ours came to.
absl::Status SeeOwnWrite(Turn* turn, store::CollectionId collection, std::string_view id,
                         int64_t seen_version, const std::optional<json::Value>& made);

// After our own write became version `said.version`: what was made on top of it was made on that
// version, for it saw it coming.
absl::Status FollowOwnWrite(Turn* turn, store::CollectionId collection, std::string_view id,
                            int64_t seen_version, const Said& said,
                            const cache::Document& document);

}  // namespace tideover::doors

#endif  // TIDEOVER_DOORS_INCOMING_H_
