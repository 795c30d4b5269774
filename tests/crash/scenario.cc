#include "crash/scenario.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "base/status_macros.h"
#include "crash/turns.h"
#include "log/mutation_log.h"
#include "log/settled.h"

namespace tideover::crash {
namespace {

// FNV-1a over 64 bits, a length before each text so that no two stores read alike.
class Hash {
 public:
  void Add(std::string_view text) {
    AddByte(static_cast<unsigned char>(text.size()));
    AddByte(static_cast<unsigned char>(text.size() >> 8));
    AddByte(static_cast<unsigned char>(text.size() >> 16));
    for (const char c : text) AddByte(static_cast<unsigned char>(c));
  }
  uint64_t value() const { return value_; }

 private:
  void AddByte(unsigned char byte) { value_ = (value_ ^ byte) * 0x100000001b3; }
  uint64_t value_ = 0xcbf29ce484222325;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Scenario>> Scenario::Open(const ScenarioOptions& options) {
  std::unique_ptr<Scenario> scenario(new Scenario(options.seed));
  store::EnvOptions env;
  env.path = options.directory;
  env.map_bytes = uint64_t{64} << 20;
  env.unsafe_no_sync = options.no_sync;
  ASSIGN_OR_RETURN(scenario->env_, store::Env::Open(env));
  ASSIGN_OR_RETURN(scenario->doors_, doors::Doors::Open(scenario->env_.get(), ScenarioRules(),
                                                        &scenario->clock_, &scenario->random_));
  return scenario;
}

absl::StatusOr<Turned> Scenario::RunTurn(int turn) {
  clock_.turn = turn;
  random_ = base::SeededRandom(seed_ * 1'000 + static_cast<uint64_t>(turn));
  std::vector<doors::Request> requests;
  {
    ASSIGN_OR_RETURN(const store::ReadTxn txn, env_->BeginRead());
    ASSIGN_OR_RETURN(requests, MakeTurn(txn.reader(), *doors_, seed_, turn));
  }
  std::vector<const doors::Request*> pointers;
  for (const doors::Request& request : requests) pointers.push_back(&request);
  std::vector<doors::Answer> answers;
  ASSIGN_OR_RETURN(const view::CommitNotice unused, doors_->RunTurn(pointers, &answers));
  Turned turned;
  turned.full = absl::IsResourceExhausted(answers.front().status);
  if (!turned.full && !answers.front().status.ok()) return answers.front().status;
  for (const doors::Answer& answer : answers) {
    if (!answer.status.ok()) continue;
    for (const doors::OperationAnswer& operation : answer.commit.operations) {
      if (operation.seq != 0) turned.mutation_ids.push_back(operation.mutation_id);
    }
  }
  return turned;
}

absl::StatusOr<uint64_t> Scenario::Fingerprint() {
  ASSIGN_OR_RETURN(const store::ReadTxn txn, env_->BeginRead());
  Hash hash;
  for (size_t table = 0; table < store::kTableCount; ++table) {
    hash.Add(store::kTableNames[table]);
    store::Cursor cursor(txn.reader(), static_cast<store::Table>(table));
    for (cursor.Seek(""); cursor.Valid(); cursor.Next()) {
      hash.Add(cursor.key());
      hash.Add(cursor.value());
    }
    RETURN_IF_ERROR(cursor.status());
  }
  return hash.value();
}

absl::Status Scenario::Knows(const std::string& mutation_id) {
  ASSIGN_OR_RETURN(const store::ReadTxn txn, env_->BeginRead());
  ASSIGN_OR_RETURN(const auto seq, log::SeqOf(txn.reader(), mutation_id));
  if (!seq.has_value()) return absl::DataLossError(mutation_id + " is not known");
  ASSIGN_OR_RETURN(const auto pending, log::Find(txn.reader(), *seq));
  if (pending.has_value()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto settled, log::FindSettled(txn.reader(), *seq));
  if (settled.has_value()) return absl::OkStatus();
  return absl::DataLossError(mutation_id + " is neither pending nor settled");
}

}  // namespace tideover::crash
