// The limits of the API, in one place, so that no caller can make the daemon hold more than its
// share. Each has a test that reaches it; what they bound is said in the protos. Constants.
#ifndef TIDEOVER_API_LIMITS_H_
#define TIDEOVER_API_LIMITS_H_

#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace tideover::api {

// Connections at one time; further ones are closed at once.
inline constexpr size_t kConnectionsMax = 256;
// Calls under way on one connection; further ones wait in the client.
inline constexpr int kStreamsPerConnectionMax = 1000;
// One message in bytes, either way.
inline constexpr int kMessageBytesMax = 4 << 20;
// Headers of one call in bytes.
inline constexpr int kHeaderBytesMax = 16 << 10;
// A connection without a call is closed after this; the client's next call connects again.
inline constexpr base::Millis kConnectionIdle{60'000};
// Calls under way get this long to end by themselves when the server stops.
inline constexpr base::Millis kStopGrace{1'000};

// Threads that scan: queries, watches, the outbox, status.
inline constexpr int kQueryThreads = 2;

// Open watches of every kind.
inline constexpr size_t kWatchersMax = 1000;
// Document ids that one Watch may name.
inline constexpr size_t kWatchIdsMax = 1000;
// Changes in one message of a Watch.
inline constexpr size_t kWatchChangesMax = 500;
// Documents in one message of a Watch's snapshot.
inline constexpr size_t kWatchSnapshotMax = 500;
// Bytes of documents after which a message of a Watch or a page of a Query is closed. One document
// more than this always fits.
inline constexpr size_t kMessageFillBytes = 1 << 20;

// Keys of one BatchGet.
inline constexpr size_t kBatchKeysMax = 1000;
// Bytes of their documents together: leaves room for the rest of the message.
inline constexpr size_t kBatchBytesMax = 3 << 20;
// Mutations on one page of the outbox; the default is the API's.
inline constexpr size_t kOutboxPageDefault = 100;
inline constexpr size_t kOutboxPageMax = 1000;
// Mutations that one call may name to be changed.
inline constexpr size_t kSelectedMax = 1000;
// Ids of other mutations that one says it needs, and that need it.
inline constexpr size_t kRelatedMax = 100;

// Events that a watcher can come back to.
inline constexpr size_t kEventsRemembered = 4096;

// Shortest time between two messages of WatchStatus, and the default.
inline constexpr base::Millis kStatusIntervalMin{50};
inline constexpr base::Millis kStatusIntervalDefault{200};

// Unanswered calls of one MutateStream, and their bytes.
inline constexpr size_t kStreamWindow = 1024;
inline constexpr size_t kStreamWindowBytes = 16 << 20;

// The engine is told that a collection is read at most once in this time.
inline constexpr base::Millis kTouchInterval{1'000};
// A read that wants to see the network first waits this long for it at most.
inline constexpr base::Millis kFetchWaitMax{10'000};

}  // namespace tideover::api

#endif  // TIDEOVER_API_LIMITS_H_
