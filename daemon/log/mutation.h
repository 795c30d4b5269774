// The mutation: one local write, and how far it has come on its way to the server. Values; the
// types on disk (proto/tideover/storage/v1/log.proto) are used as they are, so that nothing is lost
// between log and memory.
#ifndef TIDEOVER_LOG_MUTATION_H_
#define TIDEOVER_LOG_MUTATION_H_

#include <string>
#include <utility>

#include "store/keys.h"
#include "tideover/storage/v1/log.pb.h"

namespace tideover::log {

using Mutation = storage::v1::Mutation;
using PushState = storage::v1::PushState;
using PushError = storage::v1::PushError;
using SeenBase = storage::v1::SeenBase;
using Original = storage::v1::Original;
using LogEntry = storage::v1::LogEntry;
using SettledEntry = storage::v1::SettledEntry;
using DocumentName = storage::v1::DocumentName;

// A document by collection and id; compares, where a DocumentName does not.
using DocumentKey = std::pair<store::CollectionId, std::string>;

inline DocumentKey KeyOf(const DocumentName& name) {
  return {name.collection(), name.document_id()};
}

// The id under which the app knows the mutation of a LogEntry or SettledEntry: an edit may have
// given it another for the server.
template <typename Entry>
const std::string& GivenId(const Entry& entry) {
  const std::string& before = entry.original().mutation_id();
  return before.empty() ? entry.mutation().mutation_id() : before;
}

}  // namespace tideover::log

#endif  // TIDEOVER_LOG_MUTATION_H_
