#include "support/raw_store.h"

#include <gtest/gtest.h>
#include <lmdb.h>

#include <functional>

namespace tideover::support {
namespace {

MDB_val ToVal(const std::string& bytes) { return {bytes.size(), const_cast<char*>(bytes.data())}; }

void InTable(const std::string& path, const std::string& table,
             const std::function<int(MDB_txn*, MDB_dbi)>& work) {
  MDB_env* env = nullptr;
  MDB_txn* txn = nullptr;
  MDB_dbi dbi = 0;
  ASSERT_EQ(mdb_env_create(&env), 0);
  mdb_env_set_maxdbs(env, 16);
  mdb_env_set_mapsize(env, size_t{1} << 30);
  ASSERT_EQ(mdb_env_open(env, path.c_str(), MDB_NOTLS | MDB_NOSYNC, 0600), 0);
  ASSERT_EQ(mdb_txn_begin(env, nullptr, 0, &txn), 0);
  ASSERT_EQ(mdb_dbi_open(txn, table.c_str(), 0, &dbi), 0) << table;
  ASSERT_EQ(work(txn, dbi), 0);
  ASSERT_EQ(mdb_txn_commit(txn), 0);
  mdb_env_close(env);
}

}  // namespace

std::string GetRaw(const std::string& path, const std::string& table, const std::string& key) {
  std::string found;
  InTable(path, table, [&](MDB_txn* txn, MDB_dbi dbi) {
    MDB_val k = ToVal(key);
    MDB_val v{};
    const int code = mdb_get(txn, dbi, &k, &v);
    if (code == 0) found.assign(static_cast<const char*>(v.mv_data), v.mv_size);
    return code == MDB_NOTFOUND ? 0 : code;
  });
  return found;
}

void PutRaw(const std::string& path, const std::string& table, const std::string& key,
            const std::string& value) {
  InTable(path, table, [&](MDB_txn* txn, MDB_dbi dbi) {
    MDB_val k = ToVal(key);
    MDB_val v = ToVal(value);
    return mdb_put(txn, dbi, &k, &v, 0);
  });
}

uint64_t UsedFileBytes(const std::string& path) {
  uint64_t bytes = 0;
  InTable(path, "meta", [&](MDB_txn* txn, MDB_dbi) {
    MDB_envinfo info{};
    MDB_stat stat{};
    mdb_env_info(mdb_txn_env(txn), &info);
    mdb_env_stat(mdb_txn_env(txn), &stat);
    bytes = (uint64_t{info.me_last_pgno} + 1) * stat.ms_psize;
    return 0;
  });
  return bytes;
}

void DropTable(const std::string& path, const std::string& table) {
  InTable(path, table, [](MDB_txn* txn, MDB_dbi dbi) { return mdb_drop(txn, dbi, 1); });
}

}  // namespace tideover::support
