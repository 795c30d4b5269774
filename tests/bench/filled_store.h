// FillStore: puts a store of a given size on disk, fast, with the daemon's own modules and before
// the daemon opens it: documents as a list of the server leaves them, and mutations as apps leave
// them in the outbox. Stateless; synced once, at the end.
#ifndef TIDEOVER_TESTS_BENCH_FILLED_STORE_H_
#define TIDEOVER_TESTS_BENCH_FILLED_STORE_H_

#include <cstdint>
#include <string>

#include "doors/rules.h"

namespace tideover::bench {

struct Filling {
  // Documents of the server's, ids ServerId(0) and following.
  uint64_t documents = 0;
  // Creates that wait in the outbox, each of a document of its own.
  uint64_t pending = 0;
  // JSON text of each.
  size_t document_bytes = 300;
};

// The one collection of the bench: the server chooses ids.
doors::RulesByCollection BenchRules();

// `directory` is the environment's own and may have been used by a daemon that has ended. Ends the
// process when it fails.
void FillStore(const std::string& directory, const Filling& filling);

}  // namespace tideover::bench

#endif  // TIDEOVER_TESTS_BENCH_FILLED_STORE_H_
