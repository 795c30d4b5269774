#include "bench/lmdb_limit.h"

#include <fmt/format.h>
#include <lmdb.h>
#include <sys/stat.h>

#include <chrono>
#include <string_view>

#include "base/ids.h"
#include "bench/must.h"
#include "bench/records.h"
#include "bench/summary.h"
#include "store/keys.h"

namespace tideover::bench {
namespace {

using Steady = std::chrono::steady_clock;

// What the daemon's records have beside the document's text: checksum and header of a document;
// checksum, ids, times and the device's name in a log entry.
constexpr size_t kDocumentOverhead = 66;
constexpr size_t kLogOverhead = 124;
constexpr size_t kLaneRecordBytes = 8;
constexpr store::CollectionId kNumber = 1;

void MustLmdb(int code, const char* what) {
  Must(code == 0, fmt::format("LMDB: {}: {}", what, mdb_strerror(code)));
}

void Put(MDB_txn* txn, unsigned table, std::string_view key, std::string_view value) {
  MDB_val k{key.size(), const_cast<char*>(key.data())};
  MDB_val v{value.size(), const_cast<char*>(value.data())};
  MustLmdb(mdb_put(txn, table, &k, &v, 0), "put");
}

double MicrosSince(Steady::time_point start) {
  return std::chrono::duration<double, std::micro>(Steady::now() - start).count();
}

}  // namespace

LmdbLimit::LmdbLimit(const std::string& directory, uint64_t documents, size_t document_bytes)
    : filled_(documents),
      document_record_(document_bytes + kDocumentOverhead, 'd'),
      log_record_(document_bytes + kLogOverhead, 'l') {
  mkdir(directory.c_str(), 0700);
  MustLmdb(mdb_env_create(&env_), "create");
  mdb_env_set_maxdbs(env_, 3);
  mdb_env_set_mapsize(env_, size_t{16} << 30);
  MustLmdb(mdb_env_open(env_, directory.c_str(), MDB_NOTLS | MDB_NORDAHEAD, 0600), "open");
  MDB_txn* txn = nullptr;
  MustLmdb(mdb_txn_begin(env_, nullptr, 0, &txn), "begin");
  MustLmdb(mdb_dbi_open(txn, "log", MDB_CREATE, &log_), "open log");
  MustLmdb(mdb_dbi_open(txn, "documents", MDB_CREATE, &documents_), "open documents");
  MustLmdb(mdb_dbi_open(txn, "lanes", MDB_CREATE, &lanes_), "open lanes");
  for (uint64_t i = 0; i < documents; ++i) {
    Put(txn, documents_, store::DocumentKey(kNumber, ServerId(i)), document_record_);
  }
  MustLmdb(mdb_txn_commit(txn), "commit");
}

LmdbLimit::~LmdbLimit() { mdb_env_close(env_); }

void LmdbLimit::Commit(Writes writes, size_t batch) {
  MDB_txn* txn = nullptr;
  MustLmdb(mdb_txn_begin(env_, nullptr, 0, &txn), "begin");
  const base::WallTime now = clock_.Wall();
  for (size_t i = 0; i < batch; ++i) {
    const uint64_t seq = ++last_seq_;
    const std::string id = writes == Writes::kCreates ? base::NewProvisionalId(now, random_)
                                                      : ServerId(random_.Below(filled_));
    Put(txn, log_, store::SeqKey(seq), log_record_);
    Put(txn, lanes_, store::LaneKey(kNumber, id, seq),
        std::string_view("checksum", kLaneRecordBytes));
    Put(txn, documents_, store::DocumentKey(kNumber, id), document_record_);
  }
  MustLmdb(mdb_txn_commit(txn), "commit");
}

CommitRound LmdbLimit::Run(Writes kind, size_t batch, double seconds, uint64_t writes_max) {
  std::vector<double> commits_us;
  uint64_t writes = 0;
  const auto start = Steady::now();
  while (writes < writes_max && MicrosSince(start) < seconds * 1e6) {
    const auto begun = Steady::now();
    Commit(kind, batch);
    commits_us.push_back(MicrosSince(begun));
    writes += batch;
  }
  CommitRound round;
  round.writes = writes;
  round.writes_per_second = static_cast<double>(writes) / MicrosSince(start) * 1e6;
  round.commit_p50_us = Median(commits_us);
  round.commit_p99_us = Quantile(commits_us, 0.99);
  return round;
}

}  // namespace tideover::bench
