// The mutation: one local write, and how far it has come on its way to the server. Values; the
// types on disk (proto/tideover/storage/v1/log.proto) are used as they are, so that nothing is lost
// between log and memory.
#ifndef TIDEOVER_LOG_MUTATION_H_
#define TIDEOVER_LOG_MUTATION_H_

#include "tideover/storage/v1/log.pb.h"

namespace tideover::log {

using Mutation = storage::v1::Mutation;
using PushState = storage::v1::PushState;
using PushError = storage::v1::PushError;
using LogEntry = storage::v1::LogEntry;
using SettledEntry = storage::v1::SettledEntry;

}  // namespace tideover::log

#endif  // TIDEOVER_LOG_MUTATION_H_
