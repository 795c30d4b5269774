// Env: one LMDB environment on disk, holding all tables of one identity. A resource, owned by the
// session of that identity. Any thread may begin read transactions; one thread, the writer, begins
// write transactions.
//
// A commit is on disk when Commit() returns OK (LMDB's default flags: no NOSYNC, no WRITEMAP), and
// a crash at any moment leaves the last commit whole, the first start included: a new file gets its
// name when it is whole. An environment that a newer daemon wrote is refused with
// FAILED_PRECONDITION and left as it was; a file shorter than its own meta page says is refused
// with DATA_LOSS before anything is mapped in earnest. One process opens one environment once: the
// state directory's lock (daemon) sees to processes, Open to the rest.
#ifndef TIDEOVER_STORE_ENV_H_
#define TIDEOVER_STORE_ENV_H_

#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "store/txn.h"

struct MDB_env;
struct MDB_txn;

namespace tideover::store {

// The format that this daemon writes (meta "format"); see FORMAT.md.
inline constexpr uint32_t kFormatNumber = 2;
// The oldest format that a daemon must know to read what this one writes.
inline constexpr uint32_t kReadableFrom = 2;

struct EnvOptions {
  // Directory of the environment; made with mode 0700 when it does not exist. After Open its one
  // spelling, without links.
  std::string path;
  // Size of the sparse map: address space, not disk.
  uint64_t map_bytes = uint64_t{64} << 30;
  // Above this many used bytes the commit door refuses new mutations. The rest of the map is the
  // reserve that settling, deleting and dead-lettering live on.
  uint64_t quota_bytes = uint64_t{48} << 30;
  // Only for tests and the simulator, which model crashes themselves: commits do not wait for the
  // disk.
  bool unsafe_no_sync = false;
};

class Env {
 public:
  static absl::StatusOr<std::unique_ptr<Env>> Open(EnvOptions options);
  ~Env();
  Env(const Env&) = delete;
  Env& operator=(const Env&) = delete;

  // A snapshot of the latest commit. Keep it short: pages freed since cannot be reused before it
  // ends.
  absl::StatusOr<ReadTxn> BeginRead();
  absl::StatusOr<WriteTxn> BeginWrite();

  // Bytes of the file that are in use, by LMDB's own account. Cheap while below the quota.
  uint64_t UsedBytes();
  const EnvOptions& options() const { return options_; }

  // Frees the slots of readers that died without closing; returns how many.
  int CheckReaders();

 private:
  friend class ReadTxn;
  explicit Env(EnvOptions options) : options_(std::move(options)) {}
  // Before anything is written: a newer format may know other tables.
  absl::Status CheckFormat();
  absl::Status OpenTables();
  void Recycle(MDB_txn* txn);

  const EnvOptions options_;
  MDB_env* env_ = nullptr;
  TableHandles handles_{};
  std::mutex idle_mutex_;               // Guards idle_readers_.
  std::vector<MDB_txn*> idle_readers_;  // Reset read transactions, renewed by BeginRead.
};

}  // namespace tideover::store

#endif  // TIDEOVER_STORE_ENV_H_
