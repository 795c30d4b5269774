#include "store/env.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <lmdb.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>

#include "base/check.h"
#include "base/status_macros.h"
#include "store/keys.h"
#include "store/upgrade.h"
#include "tideover/storage/v1/meta.pb.h"

namespace tideover::store {
namespace {

// Readers at one time: gRPC's threads, the loop, the query thread, and room.
constexpr unsigned kReadersMax = 126;
constexpr std::string_view kFormatKey = "format";

absl::Status OpenError(int code, const std::string& path) {
  const std::string what = fmt::format("opening the store in {}: {}", path, mdb_strerror(code));
  switch (code) {
    case MDB_INVALID:
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
      return absl::DataLossError(what);
    case MDB_VERSION_MISMATCH:
      return absl::FailedPreconditionError(what);
    default:
      return absl::InternalError(what);
  }
}

// A new directory entry is durable only when its parent is.
absl::Status SyncDirectory(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) {
    return absl::InternalError(fmt::format("opening {}: {}", path, std::strerror(errno)));
  }
  const int code = fsync(fd);
  close(fd);
  if (code != 0) return absl::InternalError(fmt::format("syncing {} failed", path));
  return absl::OkStatus();
}

absl::Status MakeDirectory(const std::string& path) {
  if (mkdir(path.c_str(), 0700) == 0) {
    const size_t slash = path.find_last_of('/');
    return SyncDirectory(slash == std::string::npos ? "." : path.substr(0, slash + 1));
  }
  if (errno == EEXIST) return absl::OkStatus();
  return absl::InternalError(fmt::format("making {}: {}", path, std::strerror(errno)));
}

// The one spelling of a directory that there is.
absl::StatusOr<std::string> CanonicalPath(const std::string& path) {
  char* resolved = realpath(path.c_str(), nullptr);
  if (resolved == nullptr) {
    return absl::InternalError(fmt::format("resolving {}: {}", path, std::strerror(errno)));
  }
  std::string canonical = resolved;
  std::free(resolved);
  return canonical;
}

// The paths that are open in this process: LMDB lets one environment be opened twice, silently.
std::set<std::string>& OpenPaths() {
  static std::set<std::string> paths;
  return paths;
}
std::mutex& OpenPathsMutex() {
  static std::mutex mutex;
  return mutex;
}

// LMDB writes the first pages of a new file without waiting for the disk: a crash or a full disk
// meanwhile would leave a file that can never be opened again. So a new file is made under another
// name and gets its own when it is whole.
absl::Status MakeFile(const EnvOptions& options) {
  const std::string file = options.path + "/data.mdb";
  const std::string aside = file + ".new";
  struct stat found {};
  if (stat(file.c_str(), &found) == 0 && found.st_size > 0) return absl::OkStatus();
  if (unlink(aside.c_str()) != 0 && errno != ENOENT) {
    return absl::InternalError(fmt::format("removing {}: {}", aside, std::strerror(errno)));
  }
  MDB_env* env = nullptr;
  int code = mdb_env_create(&env);
  if (code != 0) return OpenError(code, options.path);
  mdb_env_set_mapsize(env, options.map_bytes);
  code = mdb_env_open(env, aside.c_str(), MDB_NOSUBDIR | MDB_NOLOCK, 0600);
  if (code == 0 && !options.unsafe_no_sync) code = mdb_env_sync(env, /*force=*/1);
  mdb_env_close(env);
  if (code != 0) return OpenError(code, options.path);
  if (rename(aside.c_str(), file.c_str()) == 0) return absl::OkStatus();
  return absl::InternalError(fmt::format("naming {}: {}", file, std::strerror(errno)));
}

absl::Status RefuseTruncated(const std::string& path, MDB_env* env) {
  MDB_envinfo info{};
  MDB_stat stat{};
  mdb_env_info(env, &info);
  mdb_env_stat(env, &stat);
  struct stat file {};
  if (::stat((path + "/data.mdb").c_str(), &file) != 0) return absl::OkStatus();
  const uint64_t needed = (uint64_t{info.me_last_pgno} + 1) * stat.ms_psize;
  if (static_cast<uint64_t>(file.st_size) >= needed) return absl::OkStatus();
  return absl::DataLossError(fmt::format(
      "{}/data.mdb has {} bytes but its meta page names {}: the file was truncated. Move it aside "
      "or restore a backup; nothing was changed",
      path, file.st_size, needed));
}

absl::Status CheckFormatRecord(const Reader& reader, const std::string& path) {
  ASSIGN_OR_RETURN(const auto stored, reader.Get(Table::kMeta, kFormatKey));
  if (!stored.has_value()) return absl::OkStatus();
  storage::v1::Format format;
  if (!format.ParseFromArray(stored->data(), static_cast<int>(stored->size()))) {
    return absl::DataLossError(fmt::format("the format record in {} is damaged", path));
  }
  if (format.readable_from() <= kFormatNumber) return absl::OkStatus();
  return absl::FailedPreconditionError(fmt::format(
      "the store in {} has format {} and this daemon knows {}: it was written by a newer "
      "tideoverd. Install that version again; nothing was changed",
      path, format.number(), kFormatNumber));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Env>> Env::Open(EnvOptions options) {
  RETURN_IF_ERROR(MakeDirectory(options.path));
  ASSIGN_OR_RETURN(options.path, CanonicalPath(options.path));
  {
    const std::lock_guard lock(OpenPathsMutex());
    if (!OpenPaths().insert(options.path).second) {
      return absl::FailedPreconditionError(
          fmt::format("the store in {} is already open in this process", options.path));
    }
  }
  std::unique_ptr<Env> env(new Env(std::move(options)));
  const std::string& path = env->options_.path;
  RETURN_IF_ERROR(MakeFile(env->options_));
  int code = mdb_env_create(&env->env_);
  if (code != 0) return OpenError(code, path);
  mdb_env_set_maxdbs(env->env_, kTableCount);
  mdb_env_set_maxreaders(env->env_, kReadersMax);
  mdb_env_set_mapsize(env->env_, env->options_.map_bytes);
  unsigned flags = MDB_NOTLS | MDB_NORDAHEAD;
  if (env->options_.unsafe_no_sync) flags |= MDB_NOSYNC;
  code = mdb_env_open(env->env_, path.c_str(), flags, 0600);
  if (code != 0) return OpenError(code, path);
  RETURN_IF_ERROR(RefuseTruncated(path, env->env_));
  mdb_reader_check(env->env_, nullptr);
  RETURN_IF_ERROR(env->CheckFormat());
  RETURN_IF_ERROR(env->OpenTables());
  if (!env->options_.unsafe_no_sync) RETURN_IF_ERROR(SyncDirectory(path));
  return env;
}

Env::~Env() {
  for (MDB_txn* txn : idle_readers_) mdb_txn_abort(txn);
  if (env_ != nullptr) mdb_env_close(env_);
  const std::lock_guard lock(OpenPathsMutex());
  OpenPaths().erase(options_.path);
}

absl::Status Env::CheckFormat() {
  MDB_txn* txn = nullptr;
  int code = mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn);
  if (code != 0) return OpenError(code, options_.path);
  MDB_dbi& meta = handles_[static_cast<size_t>(Table::kMeta)];
  code = mdb_dbi_open(txn, kTableNames[static_cast<size_t>(Table::kMeta)], 0, &meta);
  absl::Status checked;
  if (code == 0) {
    checked = CheckFormatRecord(Reader(txn, &handles_), options_.path);
  } else if (code != MDB_NOTFOUND) {  // New otherwise.
    checked = OpenError(code, options_.path);
  }
  mdb_txn_abort(txn);
  return checked;
}

absl::Status Env::OpenTables() {
  MDB_txn* txn = nullptr;
  int code = mdb_txn_begin(env_, nullptr, 0, &txn);
  for (size_t i = 0; code == 0 && i < kTableCount; ++i) {
    code = mdb_dbi_open(txn, kTableNames[i], MDB_CREATE, &handles_[i]);
  }
  if (code == 0) {
    code = mdb_txn_commit(txn);
  } else if (txn != nullptr) {
    mdb_txn_abort(txn);
  }
  if (code != 0) return OpenError(code, options_.path);
  ASSIGN_OR_RETURN(WriteTxn write, BeginWrite());
  ASSIGN_OR_RETURN(const auto stored, write.reader().Get(Table::kMeta, kFormatKey));
  storage::v1::Format format;
  // CheckFormat has seen that it decodes.
  if (stored.has_value()) format.ParseFromArray(stored->data(), static_cast<int>(stored->size()));
  if (format.number() >= kFormatNumber) return absl::OkStatus();
  RETURN_IF_ERROR(Upgrade(&write, format.number()));
  format.set_number(kFormatNumber);
  format.set_readable_from(kReadableFrom);
  RETURN_IF_ERROR(write.Put(Table::kMeta, kFormatKey, format.SerializeAsString()));
  return write.Commit();
}

absl::StatusOr<ReadTxn> Env::BeginRead() {
  MDB_txn* txn = nullptr;
  {
    const std::lock_guard lock(idle_mutex_);
    if (!idle_readers_.empty()) {
      txn = idle_readers_.back();
      idle_readers_.pop_back();
    }
  }
  const int code =
      txn != nullptr ? mdb_txn_renew(txn) : mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn);
  if (code != 0) {
    if (txn != nullptr) mdb_txn_abort(txn);
    return absl::InternalError(fmt::format("beginning to read: {}", mdb_strerror(code)));
  }
  return ReadTxn(this, txn, &handles_);
}

void Env::Recycle(MDB_txn* txn) {
  mdb_txn_reset(txn);
  const std::lock_guard lock(idle_mutex_);
  idle_readers_.push_back(txn);
}

absl::StatusOr<WriteTxn> Env::BeginWrite() {
  MDB_txn* txn = nullptr;
  const int code = mdb_txn_begin(env_, nullptr, 0, &txn);
  if (code != 0) {
    return absl::InternalError(fmt::format("beginning to write: {}", mdb_strerror(code)));
  }
  return WriteTxn(txn, &handles_, options_.path);
}

uint64_t Env::UsedBytes() {
  MDB_envinfo info{};
  MDB_stat stat{};
  mdb_env_info(env_, &info);
  mdb_env_stat(env_, &stat);
  const uint64_t high_water = (uint64_t{info.me_last_pgno} + 1) * stat.ms_psize;
  if (high_water <= options_.quota_bytes) return high_water;
  // Only above the quota does it matter how many of those pages are free: their numbers stand in
  // LMDB's table 0, one list per commit, its length first.
  absl::StatusOr<ReadTxn> txn = BeginRead();
  if (!txn.ok()) return high_water;
  MDB_cursor* cursor = nullptr;
  if (mdb_cursor_open(txn->txn_, 0, &cursor) != 0) return high_water;
  uint64_t free_pages = 0;
  MDB_val key{};
  MDB_val list{};
  while (mdb_cursor_get(cursor, &key, &list, MDB_NEXT) == 0) {
    size_t count = 0;
    std::memcpy(&count, list.mv_data, sizeof count);
    free_pages += count;
  }
  mdb_cursor_close(cursor);
  return high_water - free_pages * stat.ms_psize;
}

int Env::CheckReaders() {
  int dead = 0;
  mdb_reader_check(env_, &dead);
  return dead;
}

}  // namespace tideover::store
