#include "store/txn.h"

#include <fmt/format.h>
#include <lmdb.h>
#include <sys/statvfs.h>

#include <utility>

#include "store/env.h"
#include "store/record.h"

namespace tideover::store {
namespace {

MDB_val ToVal(std::string_view bytes) { return {bytes.size(), const_cast<char*>(bytes.data())}; }

std::string_view FromVal(const MDB_val& val) {
  return {static_cast<const char*>(val.mv_data), val.mv_size};
}

std::string Place(Table table, std::string_view key) {
  std::string hex;
  for (const char c : key.substr(0, 64))
    hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return fmt::format("table {} key {}", kTableNames[static_cast<size_t>(table)], hex);
}

absl::Status LmdbError(int code, std::string_view what) {
  return absl::InternalError(fmt::format("{}: {}", what, mdb_strerror(code)));
}

absl::Status Damaged(Table table, std::string_view key) {
  return absl::DataLossError(fmt::format(
      "the checksum of a record does not fit ({}): the file is damaged", Place(table, key)));
}

// LMDB reports a full disk as EIO (a short write); the file system knows better.
bool DiskIsFull(const std::string& path) {
  struct statvfs info {};
  constexpr uint64_t kNearlyNothing = 1 << 20;
  return statvfs(path.c_str(), &info) == 0 &&
         uint64_t{info.f_bavail} * info.f_frsize < kNearlyNothing;
}

}  // namespace

absl::StatusOr<std::optional<std::string_view>> Reader::Get(Table table,
                                                            std::string_view key) const {
  MDB_val k = ToVal(key);
  MDB_val v{};
  const int code = mdb_get(txn_, (*handles_)[static_cast<size_t>(table)], &k, &v);
  if (code == MDB_NOTFOUND) return std::optional<std::string_view>();
  if (code != 0) return LmdbError(code, "reading " + Place(table, key));
  const auto payload = OpenRecord(table, key, FromVal(v));
  if (!payload.has_value()) return Damaged(table, key);
  return payload;
}

absl::StatusOr<uint64_t> Reader::Count(Table table) const {
  MDB_stat stat{};
  const int code = mdb_stat(txn_, (*handles_)[static_cast<size_t>(table)], &stat);
  if (code != 0) return LmdbError(code, "counting records");
  return stat.ms_entries;
}

Cursor::Cursor(const Reader& reader, Table table) : table_(table) {
  const int code =
      mdb_cursor_open(reader.txn_, (*reader.handles_)[static_cast<size_t>(table)], &cursor_);
  if (code != 0) status_ = LmdbError(code, "opening a cursor");
}

Cursor::~Cursor() {
  if (cursor_ != nullptr) mdb_cursor_close(cursor_);
}

void Cursor::Seek(std::string_view key) {
  // LMDB refuses empty keys; the empty key is before the first.
  Move(key.empty() ? MDB_FIRST : MDB_SET_RANGE, key);
}
void Cursor::SeekToLast() { Move(MDB_LAST, {}); }
void Cursor::Next() { Move(MDB_NEXT, {}); }
void Cursor::Prev() { Move(MDB_PREV, {}); }

void Cursor::Move(int operation, std::string_view key) {
  valid_ = false;
  if (cursor_ == nullptr) return;
  MDB_val k = ToVal(key);
  MDB_val v{};
  const int code = mdb_cursor_get(cursor_, &k, &v, static_cast<MDB_cursor_op>(operation));
  if (code == MDB_NOTFOUND) return;
  if (code != 0) {
    status_ = LmdbError(code, "walking a table");
    return;
  }
  key_ = FromVal(k);
  const auto payload = OpenRecord(table_, key_, FromVal(v));
  if (!payload.has_value()) {
    status_ = Damaged(table_, key_);
    return;
  }
  value_ = *payload;
  valid_ = true;
}

ReadTxn::ReadTxn(ReadTxn&& other) noexcept
    : env_(other.env_), txn_(std::exchange(other.txn_, nullptr)), reader_(other.reader_) {}

ReadTxn::~ReadTxn() {
  if (txn_ != nullptr) env_->Recycle(txn_);
}

WriteTxn::WriteTxn(WriteTxn&& other) noexcept
    : txn_(std::exchange(other.txn_, nullptr)),
      reader_(other.reader_),
      path_(std::move(other.path_)) {}

WriteTxn::~WriteTxn() {
  if (txn_ != nullptr) mdb_txn_abort(txn_);
}

absl::Status WriteTxn::Put(Table table, std::string_view key, std::string_view value) {
  SealRecord(table, key, value, &record_);
  MDB_val k = ToVal(key);
  MDB_val v = ToVal(record_);
  const int code = mdb_put(txn_, (*reader_.handles_)[static_cast<size_t>(table)], &k, &v, 0);
  if (code == MDB_MAP_FULL || code == MDB_TXN_FULL) {
    return absl::ResourceExhaustedError("the store is full");
  }
  if (code != 0) return LmdbError(code, "writing " + Place(table, key));
  return absl::OkStatus();
}

absl::Status WriteTxn::Delete(Table table, std::string_view key) {
  MDB_val k = ToVal(key);
  const int code = mdb_del(txn_, (*reader_.handles_)[static_cast<size_t>(table)], &k, nullptr);
  if (code == 0 || code == MDB_NOTFOUND) return absl::OkStatus();
  if (code == MDB_MAP_FULL) return absl::ResourceExhaustedError("the store is full");
  return LmdbError(code, "deleting " + Place(table, key));
}

absl::Status WriteTxn::Commit() {
  const int code = mdb_txn_commit(std::exchange(txn_, nullptr));
  if (code == 0) return absl::OkStatus();
  if (code == MDB_MAP_FULL || code == ENOSPC || (code == EIO && DiskIsFull(path_))) {
    return absl::ResourceExhaustedError("the disk is full: nothing was written");
  }
  return LmdbError(code, "committing");
}

}  // namespace tideover::store
