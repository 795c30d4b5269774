// Which pending mutations need which documents, and what becomes of them when a document that the
// server does not know yet is made, refused or taken out. A mutation needs the documents in whose
// lanes it stands and those that it references; one is made by a pending create, or by an invoke
// whose effects create it. While such a maker stands before it in the log the mutation waits for
// its turn; when there is none, or the maker itself is held for the same reason, it is held
// DEPENDENCY. Only what is older counts, so that nothing ever waits in a circle.
//
// On the writer's thread; the questions (MakerBefore, HasBase, IsUnmade) also on a snapshot.
#ifndef TIDEOVER_DOORS_DEPENDENCY_H_
#define TIDEOVER_DOORS_DEPENDENCY_H_

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>

#include "doors/turn.h"
#include "log/mutation.h"

namespace tideover::doors {

// Whether the mutation makes the document: creates it, or says so among its effects.
bool Makes(const log::Mutation& mutation, const log::DocumentKey& document);

struct Maker {
  uint64_t seq = 0;
  log::LogEntry entry;
};

// The provisional id by which the mutation knows a document that it makes; when it has none, the
// document's own.
std::string KnownAs(const log::Mutation& mutation, const log::DocumentKey& document);

// What makes the document as the mutation `seq` means it: the last in its lane before `seq` that
// does.
absl::StatusOr<std::optional<Maker>> MakerBefore(const store::Reader& reader,
                                                 const log::DocumentKey& document, uint64_t seq);

// Whether the server has the document, as far as we know.
absl::StatusOr<bool> HasBase(const store::Reader& reader, const log::DocumentKey& document);

// Whether `document` will never be there for the mutation `seq`, as things stand.
absl::StatusOr<bool> IsUnmade(const store::Reader& reader, const log::DocumentKey& document,
                              uint64_t seq);

// Whether the mutation needs a document that is unmade; of those in whose lanes it stands only the
// ones with provisional ids count.
absl::StatusOr<bool> LacksWhatItNeeds(const store::Reader& reader, uint64_t seq,
                                      const log::Mutation& mutation);

// `maker` has left without making its documents (`to` is DEPENDENCY), or is back (`to` is NONE):
// changes the hold of what needs them. That is everything behind it in their lanes, up to the next
// maker, everything that references them, and what needs those in turn. What is not in hold `from`
// is left as it is, and so is what lacks something else.
absl::Status HoldDependants(Turn* turn, uint64_t seq, const log::Mutation& maker,
                            log::PushState::Hold from, log::PushState::Hold to);

// `maker` has left: holds what needs a document that is not there now. Where the server has it all
// the same, what references it learns its id.
absl::Status LoseMaker(Turn* turn, uint64_t seq, const log::Mutation& maker);

// The document has another id, which the id map knows already: open references are to that now. Two
// that become one count once.
absl::Status RenameReferences(Turn* turn, const log::DocumentKey& from, const std::string& to);

// The server knows the document: what references it says its present id from now on, and may go
// when that was the last that it waited for.
absl::Status CloseReferences(Turn* turn, const log::DocumentKey& document);

// A pending mutation that writes something else from now on, in `entry` as RenewReferences left it:
// keeps `needs` what its references are, and holds it or lets it go accordingly. The caller writes
// and announces the entry, then calls SpreadHold.
absl::Status ChangeNeeds(Turn* turn, uint64_t seq, const log::Mutation& before,
                         log::LogEntry* entry);
// What needs a mutation whose own hold was changed by ChangeNeeds follows it.
absl::Status SpreadHold(Turn* turn, uint64_t seq, const log::LogEntry& entry);

}  // namespace tideover::doors

#endif  // TIDEOVER_DOORS_DEPENDENCY_H_
