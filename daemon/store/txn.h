// Transactions and cursors over the tables. Env > ReadTxn/WriteTxn > Reader > Cursor: each lives
// inside the one before. ReadTxn and WriteTxn are resources (moved, never copied) and belong to the
// thread that uses them; a WriteTxn aborts unless committed. Reader is a value: the reading half of
// either, which is what the functions of log, cache and view take.
//
// Every string_view that comes out of a transaction dies with it, or with the next write to it.
// Every record carries a checksum that is verified here on the way out: damage is DATA_LOSS and
// names table and key.
#ifndef TIDEOVER_STORE_TXN_H_
#define TIDEOVER_STORE_TXN_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct MDB_txn;
struct MDB_cursor;

namespace tideover::store {

class Env;

// The tables, by the number that also seeds their checksums: never to change. FORMAT.md has their
// keys and values.
enum class Table : uint8_t {
  kMeta = 0,
  kDocuments = 1,
  kLog = 2,
  kLanes = 3,
  kSettled = 4,
  kMutationIds = 5,
  kIndexes = 6,
  kIdMap = 7,
  kCheckpoints = 8,
  kNeeds = 9,
  kOpen = 10,
};
inline constexpr size_t kTableCount = 11;
// Their names in the file, in the order of Table: never to change.
inline constexpr const char* kTableNames[kTableCount] = {
    "meta",    "documents", "log",         "lanes", "settled", "mutation_ids",
    "indexes", "idmap",     "checkpoints", "needs", "open"};

// LMDB's handle of each table, in the order of Table.
using TableHandles = std::array<unsigned, kTableCount>;

class Reader {
 public:
  Reader(MDB_txn* txn, const TableHandles* handles) : txn_(txn), handles_(handles) {}
  // Empty when there is no such key.
  absl::StatusOr<std::optional<std::string_view>> Get(Table table, std::string_view key) const;
  // Number of records in the table.
  absl::StatusOr<uint64_t> Count(Table table) const;

 private:
  friend class Cursor;
  friend class WriteTxn;
  MDB_txn* txn_;
  const TableHandles* handles_;
};

// Walks one table in key order. `for (c.Seek(prefix); c.Valid(); c.Next())`, then status().
class Cursor {
 public:
  Cursor(const Reader& reader, Table table);
  ~Cursor();
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;

  // To the first key >= `key`.
  void Seek(std::string_view key);
  void SeekToLast();
  void Next();
  void Prev();
  // False at the end and after an error.
  bool Valid() const { return valid_; }
  std::string_view key() const { return key_; }
  std::string_view value() const { return value_; }
  // OK also at the end; the error that ended the walk otherwise.
  const absl::Status& status() const { return status_; }

 private:
  void Move(int operation, std::string_view key);

  const Table table_;
  MDB_cursor* cursor_ = nullptr;
  bool valid_ = false;
  std::string_view key_;
  std::string_view value_;
  absl::Status status_;
};

class ReadTxn {
 public:
  ReadTxn(ReadTxn&& other) noexcept;
  ReadTxn& operator=(ReadTxn&&) = delete;
  ~ReadTxn();
  const Reader& reader() const { return reader_; }

 private:
  friend class Env;
  ReadTxn(Env* env, MDB_txn* txn, const TableHandles* handles)
      : env_(env), txn_(txn), reader_(txn, handles) {}
  Env* env_;
  MDB_txn* txn_;
  Reader reader_;
};

class WriteTxn {
 public:
  WriteTxn(WriteTxn&& other) noexcept;
  WriteTxn& operator=(WriteTxn&&) = delete;
  ~WriteTxn();  // Aborts what was not committed.

  // The state as this transaction has made it so far.
  const Reader& reader() const { return reader_; }
  // RESOURCE_EXHAUSTED when the map is full; the transaction can then only be dropped.
  absl::Status Put(Table table, std::string_view key, std::string_view value);
  // OK also when there was no such key.
  absl::Status Delete(Table table, std::string_view key);
  // On disk when OK. RESOURCE_EXHAUSTED: the disk or the map is full, nothing was written. Any
  // other error means that the environment can no longer be trusted to commit: stop the process.
  absl::Status Commit();

 private:
  friend class Env;
  WriteTxn(MDB_txn* txn, const TableHandles* handles, std::string path)
      : txn_(txn), reader_(txn, handles), path_(std::move(path)) {}
  MDB_txn* txn_;
  Reader reader_;
  std::string path_;
  std::string record_;  // Reused by Put.
  // What was written, for the room it may take.
  uint64_t operations_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace tideover::store

#endif  // TIDEOVER_STORE_TXN_H_
