// LogFixture: a store with nothing but a log in it, and shorthands to write to it. A gtest fixture;
// each call is a commit of its own.
#ifndef TIDEOVER_TESTS_LOG_LOG_FIXTURE_H_
#define TIDEOVER_TESTS_LOG_LOG_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "log/lanes.h"
#include "log/mutation_log.h"
#include "log/settled.h"
#include "support/store_fixture.h"

namespace tideover::log {

class LogFixture : public testing::Test {
 protected:
  LogFixture() : env_(support::OpenTestEnv(path())) {
    Write([](store::WriteTxn* txn) { ASSERT_TRUE(WriteDeviceId(txn, "dev").ok()); });
  }
  std::string path() const { return dir_.path() + "/env"; }
  void Reopen() {
    env_.reset();
    env_ = support::OpenTestEnv(path());
  }
  void Write(absl::FunctionRef<void(store::WriteTxn*)> write) {
    support::WriteTo(env_.get(), write);
  }
  store::ReadTxn Read() { return *env_->BeginRead(); }

  // `name` empty: the mutation is named here.
  static LogEntry Entry(uint64_t seq, const std::string& id, const std::string& name = "") {
    LogEntry entry;
    entry.mutable_mutation()->set_collection(1);
    entry.mutable_mutation()->set_document_id(id);
    entry.mutable_mutation()->set_kind(Mutation::UPDATE);
    entry.mutable_mutation()->set_client_made_id(!name.empty());
    entry.mutable_mutation()->set_mutation_id(name.empty() ? MadeMutationId("dev", seq) : name);
    return entry;
  }
  void Add(uint64_t seq, const std::string& id, const std::string& name = "") {
    Write([&](store::WriteTxn* txn) { ASSERT_TRUE(Append(txn, seq, Entry(seq, id, name)).ok()); });
  }
  void Settle(uint64_t seq, SettledEntry::Outcome outcome, const std::string& name = "",
              uint64_t history_max = kHistoryMax) {
    Write([&](store::WriteTxn* txn) {
      ASSERT_TRUE(log::Remove(txn, seq, Entry(seq, "a", name)).ok());
      SettledEntry settled;
      *settled.mutable_mutation() = Entry(seq, "a", name).mutation();
      settled.set_outcome(outcome);
      Counters counters = *ReadCounters(txn->reader());
      ASSERT_TRUE(AddSettled(txn, seq, settled, &counters, history_max).ok());
      ASSERT_TRUE(WriteCounters(txn, counters).ok());
    });
  }
  std::vector<uint64_t> Seqs(uint64_t from = 0) {
    std::vector<uint64_t> seqs;
    const auto txn = Read();
    EXPECT_TRUE(ForEach(txn.reader(), from, [&](uint64_t seq, const LogEntry&) {
                  seqs.push_back(seq);
                  return true;
                }).ok());
    return seqs;
  }
  std::vector<uint64_t> SettledSeqs(store::SettledClass part) {
    std::vector<uint64_t> seqs;
    const auto txn = Read();
    EXPECT_TRUE(ForEachSettled(txn.reader(), part, 0, [&](uint64_t seq, const SettledEntry&) {
                  seqs.push_back(seq);
                  return true;
                }).ok());
    return seqs;
  }
  std::optional<uint64_t> Lookup(const std::string& mutation_id) {
    const auto txn = Read();
    const auto seq = SeqOf(txn.reader(), mutation_id);
    EXPECT_TRUE(seq.ok()) << seq.status();
    return seq.value_or(std::nullopt);
  }

  support::TempDir dir_;
  std::unique_ptr<store::Env> env_;
};

}  // namespace tideover::log

#endif  // TIDEOVER_TESTS_LOG_LOG_FIXTURE_H_
