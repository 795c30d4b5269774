// One mutation with everything that is known about it: base, the server's document, what it needs
// and what needs it. Costs a few look-ups and a walk over its document's lane. Pure functions over
// a snapshot; any thread.
#ifndef TIDEOVER_API_MUTATION_DETAILS_H_
#define TIDEOVER_API_MUTATION_DETAILS_H_

#include <absl/status/statusor.h>
#include <grpcpp/support/status.h>

#include <string>

#include "api/session.h"
#include "log/mutation.h"
#include "store/txn.h"
#include "tideover/v1/mutation.pb.h"

namespace tideover::api {

// By its id, or by the one that it had before an edit.
template <typename Entry>
bool HasId(const Entry& entry, const std::string& mutation_id) {
  return entry.mutation().mutation_id() == mutation_id || log::GivenId(entry) == mutation_id;
}

// To what FillPending and FillSettled have filled in.
absl::Status AddPendingDetails(const store::Reader& reader, uint64_t seq,
                               const log::LogEntry& entry, v1::Mutation* out);
absl::Status AddSettledDetails(const store::Reader& reader, uint64_t seq,
                               const log::SettledEntry& entry, v1::Mutation* out);

// What the log, the dead-letter queue or the history has under the number; false: nothing.
// `details`: with what the functions above add.
absl::StatusOr<bool> ReadBySeq(const Session& session, const store::Reader& reader, uint64_t seq,
                               bool details, v1::Mutation* out);

// With details. NOT_FOUND when nothing has the id any more.
grpc::Status ReadMutation(const Session& session, const std::string& mutation_id,
                          v1::Mutation* out);

grpc::Status NoSuchMutation(const std::string& mutation_id);

}  // namespace tideover::api

#endif  // TIDEOVER_API_MUTATION_DETAILS_H_
