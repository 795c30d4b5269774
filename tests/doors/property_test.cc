// Random apps, a random server and random crashes: whatever happens, every commit leaves a store
// that CheckStore accepts, numbers grow, and what was answered is there. A failure names its seed;
// TIDEOVER_SEED=<n> runs that one alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <set>

#include "log/mutation_log.h"
#include "support/store_fixture.h"

namespace tideover::doors {
namespace {

using log::Mutation;
using log::PushState;
using support::Create;
using support::Delete;
using support::Json;
using support::Named;
using support::Replace;
using support::Update;
using support::Upsert;

constexpr int kSeeds = 100;
constexpr int kTurns = 300;

class Property : public support::DoorsFixture {
 protected:
  void Run(uint64_t seed);

 private:
  uint64_t Below(uint64_t bound) { return dice_.Below(bound); }
  bool OneIn(uint64_t n) { return Below(n) == 0; }
  std::string SomeCollection() { return OneIn(3) ? "notes" : "todos"; }
  std::string SomeId(const std::string& collection) {
    const std::string n = std::to_string(Below(4));
    if (collection == "notes") return "n" + n;
    return OneIn(3) ? "s" + std::to_string(Below(server_ids_ + 1)) : "local-" + n;
  }
  std::string SomeJson() {
    const char* const values[] = {"1", "2", "null", "{\"x\":1}", "{\"y\":null}", "\"t\""};
    if (OneIn(4)) return SomeReference();
    return std::string("{\"") + "abc"[Below(3)] + "\":" + values[Below(6)] + "}";
  }
  // Members of both collections, so that in one of them they mean nothing.
  std::string SomeReference() {
    const std::string id = "\"" + SomeId("todos") + "\"";
    if (OneIn(3)) return "{\"links\":[" + id + ",\"" + SomeId("todos") + "\"]}";
    return std::string("{\"") + (OneIn(2) ? "todo" : "parent") + "\":" + id + "}";
  }
  OperationInput SomeInvoke();
  OperationInput SomeOperation();
  // What a server with versions says: now and then an old one, or that it is gone.
  void AddVersion(json::Value* document) {
    document->Set("_version", json::Value::Int(static_cast<int64_t>(OneIn(3) ? 1 + Below(versions_)
                                                                             : ++versions_)));
    if (OneIn(6)) document->Set("_deleted", json::Value::Bool(true));
  }
  std::string SomeOperands(Mutation::Kind kind) {
    const char* const lists[] = {"[1]", "[2,\"t\"]", "[]"};
    const std::string operand =
        kind == Mutation::INCREMENT ? std::to_string(Below(3)) : lists[Below(3)];
    return std::string("{\"") + "abc"[Below(3)] + "\":" + operand + "}";
  }
  OutboxRequest SomeDecision();
  uint64_t SomeSeq() { return Below(Counters().last_seq() + 2); }
  std::optional<json::Value> SomeDocument(bool versions);
  MergeEvent SomeOutcome();
  List SomeList();
  Request SomeRequest();
  void CheckAnswered();

  base::SeededRandom dice_{0};
  uint64_t server_ids_ = 0;
  uint64_t names_ = 0;
  uint64_t versions_ = 1;
  uint64_t asked_commit_ = 0;
  std::set<uint64_t> decided_;                // By persons, in this turn.
  std::map<std::string, uint64_t> answered_;  // Mutation ids that were answered, and their numbers.
};

OperationInput Property::SomeOperation() {
  const std::string collection = SomeCollection();
  const std::string id = SomeId(collection);
  OperationInput input;
  switch (Below(6)) {
    case 0:
      input =
          Create(collection, SomeJson(), collection == "notes" || !id.starts_with("s") ? id : "");
      break;
    case 1:
      input = Update(collection, id, SomeJson());
      break;
    case 2:
      input = Replace(collection, id, SomeJson());
      break;
    case 3:
      input = Delete(collection, id);
      break;
    case 4:
      input = Update(collection, id, "");
      input.kind = static_cast<Mutation::Kind>(Mutation::INCREMENT + Below(3));
      input.json = SomeOperands(input.kind);
      break;
    default:
      input = Upsert(Update(collection, id, SomeJson()));
  }
  if (OneIn(2)) input = Named("m" + std::to_string(OneIn(4) ? Below(names_ + 1) : ++names_), input);
  if (OneIn(8)) input.if_revision = Below(Counters().last_commit() + 1);
  return input;
}

OperationInput Property::SomeInvoke() {
  OperationInput input = support::Invoke("finish", SomeReference());
  for (uint64_t i = Below(4); i > 0; --i) {
    OperationInput effect = SomeOperation();
    effect.mutation_id.clear();
    effect.if_revision.reset();
    input.effects.push_back(std::move(effect));
  }
  if (OneIn(2)) input.mutation_id = "m" + std::to_string(++names_);
  return input;
}

std::optional<json::Value> Property::SomeDocument(bool versions) {
  if (OneIn(2)) return std::nullopt;
  json::Value document = Json(SomeJson());
  if (versions) AddVersion(&document);
  return document;
}

MergeEvent Property::SomeOutcome() {
  const uint64_t seq = SomeSeq();
  const auto entry = Pending(seq);
  const bool create = entry.has_value() && entry->mutation().kind() == Mutation::CREATE &&
                      entry->mutation().collection() == IdOf("todos");
  const bool versions = entry.has_value() && entry->mutation().collection() == IdOf("notes");
  // The engine never sends what waits, and does not know yet what comes with this turn.
  const bool waits = entry.has_value() && entry->mutation().references_size() > 0;
  if (waits || seq > Counters().last_seq() || decided_.contains(seq)) return Sent{0};
  switch (Below(6)) {
    case 0:
      return Sent{seq, OneIn(2) ? 0 : seq + Below(4)};
    case 1:
      return Rejected{seq, {}, create ? std::nullopt : SomeDocument(versions)};
    case 3:
      if (versions) return Conflicted{seq, {}, SomeDocument(versions)};
      [[fallthrough]];
    case 2:
      return Deferred{seq, {}, OneIn(2), static_cast<PushState::Hold>(OneIn(2) ? 0 : Below(3))};
    default:
      // Now and then the id of a document that a list has brought in already.
      return Confirmed{
          seq, SomeDocument(versions),
          create ? "s" + std::to_string(OneIn(3) ? Below(server_ids_ + 1) : ++server_ids_) : ""};
  }
}

List Property::SomeList() {
  const std::string collection = SomeCollection();
  List list;
  list.collection = IdOf(collection);
  list.asked_commit = OneIn(2) ? asked_commit_ : Counters().last_commit();
  list.asked_wall = clock_.Wall();
  asked_commit_ = Counters().last_commit();
  for (uint64_t i = 0; i < 6; ++i) {
    json::Value document = Json(SomeJson());
    const std::string id = collection == "notes" ? "n" + std::to_string(i)
                                                 : "s" + std::to_string(Below(server_ids_ + 2));
    document.Set("id", json::Value::String(id));
    if (collection == "notes") AddVersion(&document);
    if (OneIn(2)) list.documents.push_back(std::move(document));
  }
  const auto txn = env_->BeginRead();
  (void)log::ForEach(txn->reader(), 0, [&](uint64_t seq, const log::LogEntry& entry) {
    const bool suspect = entry.mutation().kind() == Mutation::CREATE &&
                         entry.mutation().collection() == list.collection &&
                         collection == "todos" && entry.push().attempts() > 0;
    if (suspect) {
      list.suspects.push_back(seq);
      list.absence_is_proof.push_back(OneIn(2));
    }
    return true;
  });
  return list;
}

OutboxRequest Property::SomeDecision() {
  using Verb = OutboxRequest::Verb;
  const Verb verbs[] = {Verb::kRetry,   Verb::kDiscard,  Verb::kEdit,       Verb::kHold,
                        Verb::kRelease, Verb::kKeepOurs, Verb::kKeepTheirs, Verb::kMerged};
  const uint64_t seq = SomeSeq();
  decided_.insert(seq);
  const auto entry = Pending(seq);
  const bool operands = entry.has_value() && entry->mutation().kind() >= Mutation::INCREMENT;
  return {verbs[Below(8)], seq, operands ? SomeOperands(entry->mutation().kind()) : SomeJson()};
}

Request Property::SomeRequest() {
  const uint64_t kind = Below(10);
  if (kind == 0) {
    return SomeDecision();
  }
  if (kind == 1) return MergeRequest{{SomeList()}};
  if (kind <= 5) {
    MergeRequest merge;
    for (uint64_t i = 0; i <= Below(3); ++i) merge.events.push_back(SomeOutcome());
    return merge;
  }
  CommitRequest commit;
  for (uint64_t i = 0; i <= Below(3); ++i) {
    auto operation = Checked(OneIn(6) ? SomeInvoke() : SomeOperation());
    EXPECT_TRUE(operation.ok()) << operation.status();
    if (operation.ok()) commit.operations.push_back(*std::move(operation));
  }
  return commit;
}

// Invariants 1 and 8: every answered mutation is in the log or has ended one way (CheckStore sees
// to it that it is in one place), under the number that was told.
void Property::CheckAnswered() {
  for (const auto& [id, seq] : answered_) {
    const auto pending = Pending(seq);
    const auto settled = Settled(seq);
    ASSERT_TRUE(pending.has_value() || settled.has_value()) << id;
    EXPECT_EQ(pending.has_value() ? log::GivenId(*pending) : log::GivenId(*settled), id);
  }
}

void Property::Run(uint64_t seed) {
  dice_ = base::SeededRandom(seed);
  rules_["notes"].version_field = "_version";
  rules_["notes"].conflict = static_cast<ConflictMode>(seed % 5);
  rules_["notes"].prefer = seed % 2 == 0 ? Prefer::kServer : Prefer::kClient;
  Reopen();
  uint64_t last_commit = Counters().last_commit();
  for (int turn = 0; turn < kTurns && !HasFailure(); ++turn) {
    std::vector<Request> requests;
    decided_.clear();
    for (uint64_t i = 0; i <= Below(4); ++i) requests.push_back(SomeRequest());
    for (const Answer& answer : RunTurn(requests)) {
      for (const OperationAnswer& operation : answer.commit.operations) {
        answered_[operation.mutation_id] = operation.seq;
      }
    }
    EXPECT_GE(Counters().last_commit(), last_commit);
    last_commit = Counters().last_commit();
    clock_.Advance(base::Millis(1));
    if (OneIn(15)) Reopen();
  }
  CheckAnswered();
}

class EachSeed : public Property, public testing::WithParamInterface<uint64_t> {};

TEST_P(EachSeed, LeavesASoundStoreAfterEveryTurn) {
  SCOPED_TRACE("TIDEOVER_SEED=" + std::to_string(GetParam()));
  Run(GetParam());
}

std::vector<uint64_t> Seeds() {
  if (const char* chosen = std::getenv("TIDEOVER_SEED"))
    return {std::strtoull(chosen, nullptr, 10)};
  std::vector<uint64_t> seeds;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) seeds.push_back(seed);
  return seeds;
}

INSTANTIATE_TEST_SUITE_P(Random, EachSeed, testing::ValuesIn(Seeds()));

}  // namespace
}  // namespace tideover::doors
