// References: ids of documents inside what a mutation writes. Members of a collection's documents
// that the configuration names hold them (a string, or a list of strings), and so may any string
// among the arguments of an invoke. A provisional id that became another is rewritten at once; one
// of a document that is still to be made is an open reference (Mutation.references, by the
// document's present id): the mutation waits, and is rewritten when the server has chosen
// (dependency.h). On the writer's thread.
#ifndef TIDEOVER_DOORS_REFERENCES_H_
#define TIDEOVER_DOORS_REFERENCES_H_

#include <absl/status/statusor.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "base/json.h"
#include "doors/turn.h"
#include "log/mutation.h"

namespace tideover::doors {

// The references of one mutation that is about to be logged. A value, for the length of that.
class References {
 public:
  // Documents that the call makes and the store does not show yet.
  struct New {
    std::string known_as;
    bool held = false;  // What makes it.
  };
  using MadeInCall = std::map<log::DocumentKey, New>;

  // `made` must outlive it.
  References(const Turn& turn, uint64_t seq, const MadeInCall& made)
      : turn_(turn), seq_(seq), made_(made) {}

  // The mutation itself makes it: a name of it is no reference.
  void AddOwn(log::DocumentKey document) { own_.insert(std::move(document)); }

  // Rewrites what is known in the members of a document's change, and notes the rest.
  absl::Status LookInMembers(store::CollectionId collection, json::Value* change);
  // The same in the arguments of an invoke, at any depth, for the documents of all collections.
  absl::Status LookInArguments(json::Value* arguments);

  // The open ones, each once.
  void WriteTo(log::Mutation* mutation) const;
  // One of them names a document that nothing makes: the mutation must be held.
  bool lacking() const { return lacking_; }
  // An own document is named.
  bool names_own() const { return names_own_; }

 private:
  absl::Status Look(const log::DocumentKey& named, std::string* id);
  void AddOpen(log::DocumentKey document, const New& made, std::string* id);
  absl::Status LookInArgument(json::Value* value);

  const Turn& turn_;
  const uint64_t seq_;
  const MadeInCall& made_;
  std::set<log::DocumentKey> own_;
  std::set<log::DocumentKey> open_;
  bool lacking_ = false;
  bool names_own_ = false;
};

// The same for a mutation that stands by itself, with no other in its call: its references are
// found anew, and what it writes is rewritten.
absl::Status RenewReferences(const Turn& turn, uint64_t seq, log::Mutation* mutation);

// Writes the document's id wherever the mutation names it by one that it had.
absl::Status WriteIdInto(const Turn& turn, const log::DocumentKey& document,
                         log::Mutation* mutation);

}  // namespace tideover::doors

#endif  // TIDEOVER_DOORS_REFERENCES_H_
