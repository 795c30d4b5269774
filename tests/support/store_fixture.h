// What tests of store, log, cache, view and doors start from: a directory that goes away, an
// environment in it, a clock that the test owns, and DoorsFixture, a gtest fixture that runs turns
// one after the other on the test's own thread and checks the whole store after each.
//
// Resources of the test that makes them. Environments do not wait for the disk (unsafe_no_sync):
// what they lose only a power cut could take. Nothing here is random but for the seed it is given.
#ifndef TIDEOVER_TESTS_SUPPORT_STORE_FIXTURE_H_
#define TIDEOVER_TESTS_SUPPORT_STORE_FIXTURE_H_

#include <absl/functional/function_ref.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "cache/document.h"
#include "doors/doors.h"
#include "store/env.h"
#include "support/temp_dir.h"

namespace tideover::support {

// Stands still until it is told otherwise. For one thread, or set before others start.
class ManualClock final : public base::Clock {
 public:
  base::MonoTime Mono() const override { return {mono_ms}; }
  base::WallTime Wall() const override { return {wall_ms}; }
  void Advance(base::Millis by) {
    mono_ms += by.count();
    wall_ms += by.count();
  }
  int64_t mono_ms = 1'000;
  int64_t wall_ms = 1'795'000'000'000;  // 2026-11-18
};

// Options of an environment under `path` that is fast and small enough for any test.
store::EnvOptions TestEnvOptions(std::string path);
// Fails the test when it cannot be opened.
std::unique_ptr<store::Env> OpenTestEnv(std::string path);

// Commits `write`'s changes in a transaction of their own; the test fails when that fails.
void WriteTo(store::Env* env, absl::FunctionRef<void(store::WriteTxn*)> write);

// Three collections: "todos" (the server chooses ids), "notes" (UUIDs made here), "cards"
// (ObjectIds made here, in the member "cardId"). In todos "parent" and "links" name todos, in notes
// "todo" does. The backend has the operations "finish" and "archive" (which needs "id").
class DoorsFixture : public testing::Test {
 protected:
  DoorsFixture();
  ~DoorsFixture() override;

  void Open();
  // As after a crash between two commits: nothing in memory survives.
  void Reopen();

  // One turn; the store is checked after it. The notice is in notice().
  std::vector<doors::Answer> RunTurn(const std::vector<doors::Request>& requests);
  const view::CommitNotice& notice() const { return notice_; }

  absl::StatusOr<doors::Operation> Checked(const doors::OperationInput& input) const;
  // Unchecked input to a request; the test fails when CheckOperation refuses it.
  doors::CommitRequest Ask(const std::vector<doors::OperationInput>& inputs);
  // One call in a turn of its own.
  doors::Answer Call(const std::vector<doors::OperationInput>& inputs);
  // The same, and it must be accepted.
  doors::CommitAnswer MustCommit(const std::vector<doors::OperationInput>& inputs);
  // The status of a call with one operation, whether it is refused by CheckOperation or the door.
  absl::Status StatusOf(const doors::OperationInput& input);

  // One request to the merge door in a turn of its own; it must succeed.
  doors::MergeAnswer Merge(std::vector<doors::MergeEvent> events);
  doors::MergeAnswer Merge(doors::MergeEvent event) {
    return Merge(std::vector<doors::MergeEvent>{std::move(event)});
  }
  // The whole collection, as a list that is asked for now shows it.
  doors::List ListOf(const std::string& collection, const std::vector<std::string>& documents);
  absl::Status Retry(uint64_t seq);
  absl::Status Discard(uint64_t seq);

  // What a reader of the latest commit sees; "-" when there is none.
  std::string View(const std::string& collection, const std::string& id);
  std::string Base(const std::string& collection, const std::string& id);
  std::optional<cache::Document> Record(const std::string& collection, const std::string& id);
  std::string Resolved(const std::string& collection, const std::string& id);
  std::optional<log::LogEntry> Pending(uint64_t seq);
  std::optional<log::SettledEntry> Settled(uint64_t seq);
  std::vector<uint64_t> Lane(const std::string& collection, const std::string& id);
  log::Counters Counters();
  store::CollectionId IdOf(const std::string& collection) const;

  TempDir dir_;
  ManualClock clock_;
  base::SeededRandom random_{1};
  doors::RulesByCollection rules_;
  doors::RulesByOperation operations_;
  store::EnvOptions env_options_;
  store::Place place_;  // Where the store is said to be: nowhere in particular.
  std::unique_ptr<store::Env> env_;
  std::unique_ptr<doors::Doors> doors_;

 private:
  void Check();
  view::CommitNotice notice_;
};

// Builders of what apps ask for.
doors::OperationInput Create(std::string collection, std::string json, std::string id = "");
doors::OperationInput Update(std::string collection, std::string id, std::string patch);
doors::OperationInput Increment(std::string collection, std::string id, std::string json);
doors::OperationInput Replace(std::string collection, std::string id, std::string json);
doors::OperationInput Delete(std::string collection, std::string id);
doors::OperationInput Upsert(doors::OperationInput input);
// An invoke that names an operation, not a collection.
doors::OperationInput Invoke(std::string operation, std::string arguments,
                             std::vector<doors::OperationInput> effects = {});
doors::OperationInput Named(std::string mutation_id, doors::OperationInput input);

// JSON that the test vouches for.
json::Value Json(std::string_view text);

}  // namespace tideover::support

#endif  // TIDEOVER_TESTS_SUPPORT_STORE_FIXTURE_H_
