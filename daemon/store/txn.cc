#include "store/txn.h"

#include <fmt/format.h>
#include <lmdb.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/status_macros.h"
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

// Pages that one operation can take at most (a split of every level, in its table and in the table
// of tables), and what the list of free pages can take beside them.
constexpr uint64_t kPagesPerOperation = 16;
constexpr uint64_t kPagesAhead = 4096;

// Pages that a transaction takes at the end of the file and gives back are counted by LMDB but
// never written, so that a sound file could be shorter than its meta page says: as a truncated one
// is (env.cc refuses those). So the file is made long enough before each commit; holes take no
// room.
absl::Status GrowFile(MDB_txn* txn, uint64_t operations, uint64_t bytes) {
  MDB_env* env = mdb_txn_env(txn);
  MDB_envinfo info{};
  MDB_stat stat{};
  int fd = -1;
  mdb_env_info(env, &info);
  mdb_env_stat(env, &stat);
  struct stat file {};
  if (mdb_env_get_fd(env, &fd) != 0 || fstat(fd, &file) != 0) {
    return absl::InternalError("asking for the size of the store's file failed");
  }
  const uint64_t map_pages = info.me_mapsize / stat.ms_psize;
  const uint64_t last = uint64_t{info.me_last_pgno} + 1 + operations * kPagesPerOperation +
                        2 * bytes / stat.ms_psize + kPagesAhead / 2;
  if (static_cast<uint64_t>(file.st_size) >= std::min(last, map_pages) * stat.ms_psize) {
    return absl::OkStatus();
  }
  const uint64_t size = std::min(last + kPagesAhead / 2, map_pages) * stat.ms_psize;
  if (ftruncate(fd, static_cast<off_t>(size)) == 0) return absl::OkStatus();
  if (errno == ENOSPC || errno == EFBIG || errno == EDQUOT) {
    return absl::ResourceExhaustedError("the disk is full: nothing was written");
  }
  return absl::InternalError("making the store's file longer failed");
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
      path_(std::move(other.path_)),
      operations_(other.operations_),
      bytes_(other.bytes_) {}

WriteTxn::~WriteTxn() {
  if (txn_ != nullptr) mdb_txn_abort(txn_);
}

absl::Status WriteTxn::Put(Table table, std::string_view key, std::string_view value) {
  SealRecord(table, key, value, &record_);
  MDB_val k = ToVal(key);
  MDB_val v = ToVal(record_);
  ++operations_;
  bytes_ += key.size() + record_.size();
  const int code = mdb_put(txn_, (*reader_.handles_)[static_cast<size_t>(table)], &k, &v, 0);
  if (code == MDB_MAP_FULL || code == MDB_TXN_FULL) {
    return absl::ResourceExhaustedError("the store is full");
  }
  if (code != 0) return LmdbError(code, "writing " + Place(table, key));
  return absl::OkStatus();
}

absl::Status WriteTxn::Delete(Table table, std::string_view key) {
  ++operations_;
  MDB_val k = ToVal(key);
  const int code = mdb_del(txn_, (*reader_.handles_)[static_cast<size_t>(table)], &k, nullptr);
  if (code == 0 || code == MDB_NOTFOUND) return absl::OkStatus();
  if (code == MDB_MAP_FULL) return absl::ResourceExhaustedError("the store is full");
  return LmdbError(code, "deleting " + Place(table, key));
}

absl::Status WriteTxn::Commit() {
  if (operations_ > 0) RETURN_IF_ERROR(GrowFile(txn_, operations_, bytes_));
  const int code = mdb_txn_commit(std::exchange(txn_, nullptr));
  if (code == 0) return absl::OkStatus();
  if (code == MDB_MAP_FULL || code == ENOSPC || (code == EIO && DiskIsFull(path_))) {
    return absl::ResourceExhaustedError("the disk is full: nothing was written");
  }
  return LmdbError(code, "committing");
}

}  // namespace tideover::store
