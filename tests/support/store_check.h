// CheckStore: reads a whole store and says everything that must never be true of it, whatever
// happened before: the invariants of view, outbox, lanes and dead-letter queue that every commit
// keeps. For tests and the simulator, which call it after every turn: it walks all tables, so that
// it costs as much as the store is large. A pure function of the snapshot that it is given.
#ifndef TIDEOVER_TESTS_SUPPORT_STORE_CHECK_H_
#define TIDEOVER_TESTS_SUPPORT_STORE_CHECK_H_

#include <absl/status/status.h>

#include "doors/rules.h"
#include "store/catalog.h"
#include "store/txn.h"

namespace tideover::support {

// OK, or INTERNAL with one line for each thing that is wrong:
//   - a view that is not fold(base, pending), byte for byte the base when nothing is pending;
//   - a pending count that is not the length of the lane; a lane entry without its log entry, a log
//     entry without its lane entry, either without a document record;
//   - a DLQ counter that is not the number of dead letters; an outcome in the wrong part;
//   - a mutation both pending and settled; a number beyond the newest that was given;
//   - a mutation id that leads nowhere or to another mutation, or that is missing;
//   - an id map entry for a provisional id that still has a document;
//   - a record of a collection that the catalog does not know.
absl::Status CheckStore(const store::Reader& reader, const doors::RulesByCollection& rules,
                        const store::Catalog& catalog);

}  // namespace tideover::support

#endif  // TIDEOVER_TESTS_SUPPORT_STORE_CHECK_H_
