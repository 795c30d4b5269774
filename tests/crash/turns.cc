#include "crash/turns.h"

#include <fmt/format.h>

#include <set>
#include <string>
#include <utility>

#include "base/json.h"
#include "base/random.h"
#include "base/status_macros.h"
#include "cache/documents.h"
#include "log/mutation_log.h"
#include "log/settled.h"

namespace tideover::crash {
namespace {

using doors::OperationInput;
using log::LogEntry;
using log::Mutation;
using log::PushState;

struct Written {
  std::string collection;
  std::string id;
};
struct Pending {
  uint64_t seq = 0;
  LogEntry entry;
};

OperationInput FirstOf(int turn) {
  OperationInput input;
  input.mutation_id = fmt::format("m{}-0-0", turn);
  input.collection = turn % 2 == 0 ? "todos" : "notes";
  input.kind = Mutation::CREATE;
  input.json = fmt::format(R"({{"turn":{},"text":"{}"}})", turn, std::string(turn % 97, 'x'));
  return input;
}

class TurnMaker {
 public:
  TurnMaker(const store::Reader& reader, const doors::Doors& doors, uint64_t seed, int turn)
      : reader_(reader), doors_(doors), turn_(turn), dice_(seed * 1'000'003 + turn) {}
  absl::StatusOr<std::vector<doors::Request>> Run();

 private:
  absl::Status Survey();
  absl::StatusOr<doors::Request> Some(int index);
  absl::StatusOr<doors::Request> Writes(int index);
  OperationInput Write();
  doors::MergeRequest Marks();
  doors::MergeRequest Outcomes();
  doors::MergeEvent Outcome(const Pending& head);
  doors::MergeRequest List();
  doors::OutboxRequest ByOperator();
  absl::StatusOr<doors::CommitRequest> Ask(const std::vector<OperationInput>& inputs) const;
  uint64_t Below(uint64_t bound) { return dice_.Below(bound); }
  bool OneIn(uint64_t n) { return Below(n) == 0; }

  const store::Reader& reader_;
  const doors::Doors& doors_;
  const int turn_;
  base::SeededRandom dice_;
  std::vector<Written> written_;   // Documents that apps see.
  std::vector<Pending> unsent_;    // Heads of lanes that could be sent.
  std::vector<Pending> open_;      // Heads of lanes with an attempt under way.
  std::vector<Pending> verified_;  // Creates that wait for a list.
  std::vector<uint64_t> dead_;
  std::vector<std::string> bases_;  // Of the todos.
};

absl::Status TurnMaker::Survey() {
  std::set<std::pair<uint32_t, std::string>> lanes;
  RETURN_IF_ERROR(log::ForEach(reader_, 0, [&](uint64_t seq, const LogEntry& entry) {
    const Mutation& mutation = entry.mutation();
    if (!lanes.insert({mutation.collection(), mutation.document_id()}).second) return true;
    if (entry.push().hold() == PushState::VERIFY) {
      verified_.push_back({seq, entry});
    } else if (entry.push().open_attempt()) {
      open_.push_back({seq, entry});
    } else if (entry.push().hold() == PushState::NONE) {
      unsent_.push_back({seq, entry});
    }
    return true;
  }));
  for (const char* name : {"todos", "notes"}) {
    const std::string collection = name;
    RETURN_IF_ERROR(cache::ForEach(reader_, *doors_.catalog().IdOf(collection), "",
                                   [&](std::string_view id, const cache::DocumentRef& document) {
                                     if (document.view.has_value()) {
                                       written_.push_back({collection, std::string(id)});
                                     }
                                     if (document.base.has_value() && collection == "todos") {
                                       bases_.emplace_back(*document.base);
                                     }
                                     return true;
                                   }));
  }
  return log::ForEachSettled(reader_, store::SettledClass::kDeadLetter, 0,
                             [&](uint64_t seq, const log::SettledEntry&) {
                               dead_.push_back(seq);
                               return true;
                             });
}

absl::StatusOr<doors::CommitRequest> TurnMaker::Ask(
    const std::vector<OperationInput>& inputs) const {
  doors::CommitRequest request;
  for (const OperationInput& input : inputs) {
    ASSIGN_OR_RETURN(auto operation,
                     doors::CheckOperation(input, doors_.catalog(), doors_.rules()));
    request.operations.push_back(std::move(operation));
  }
  return request;
}

OperationInput TurnMaker::Write() {
  OperationInput input = FirstOf(turn_ + static_cast<int>(Below(2)));
  if (written_.empty() || OneIn(6)) return input;
  const Written& target = written_[Below(written_.size())];
  input.collection = target.collection;
  input.document_id = target.id;
  constexpr Mutation::Kind kKinds[] = {Mutation::UPDATE, Mutation::UPDATE, Mutation::REPLACE,
                                       Mutation::DELETE, Mutation::DELETE};
  input.kind = kKinds[Below(5)];
  input.json = input.kind == Mutation::DELETE
                   ? ""
                   : fmt::format(R"({{"turn":{},"by":{}}})", turn_, Below(1000));
  return input;
}

absl::StatusOr<doors::Request> TurnMaker::Writes(int index) {
  std::vector<OperationInput> inputs;
  // A program that repeats its call, and must be told the same again.
  if (turn_ > 1 && OneIn(8)) return Ask({FirstOf(turn_ - 1)});
  const uint64_t count = 1 + Below(3);
  for (uint64_t i = 0; i < count; ++i) {
    inputs.push_back(Write());
    inputs.back().mutation_id = fmt::format("m{}-{}-{}", turn_, index, i);
  }
  return Ask(inputs);
}

doors::MergeRequest TurnMaker::Marks() {
  doors::MergeRequest merge;
  for (uint64_t i = 0; i < 8 && i < unsent_.size(); ++i) {
    merge.events.emplace_back(doors::Sent{unsent_[i].seq});
  }
  return merge;
}

doors::MergeEvent TurnMaker::Outcome(const Pending& head) {
  const Mutation& mutation = head.entry.mutation();
  const bool is_todo = mutation.collection() == doors_.catalog().IdOf("todos");
  const bool is_create = mutation.kind() == Mutation::CREATE;
  log::PushError error;
  error.set_outcome("rejected");
  error.set_message(fmt::format("no. {}", head.seq));
  switch (Below(8)) {
    case 0:
      return doors::Rejected{head.seq, error, {}};
    case 1:
      return doors::Deferred{head.seq, error, /*unanswered=*/false, PushState::NONE};
    case 2:
      return doors::Deferred{head.seq, error, /*unanswered=*/true,
                             is_create && is_todo ? PushState::VERIFY : PushState::NONE};
    default:
      break;
  }
  doors::Confirmed confirmed{head.seq, {}, {}};
  if (is_create && is_todo) confirmed.server_id = fmt::format("s{}", head.seq);
  if (mutation.kind() != Mutation::DELETE && OneIn(2)) {
    confirmed.document = *json::Parse(fmt::format(R"({{"said":{}}})", head.seq));
  }
  return confirmed;
}

doors::MergeRequest TurnMaker::Outcomes() {
  doors::MergeRequest merge;
  for (uint64_t i = 0; i < 8 && i < open_.size(); ++i) merge.events.push_back(Outcome(open_[i]));
  return merge;
}

doors::MergeRequest TurnMaker::List() {
  doors::List list;
  list.collection = *doors_.catalog().IdOf("todos");
  list.asked_commit = log::ReadCounters(reader_)->last_commit() - Below(2);
  list.asked_wall = {turn_};
  for (const std::string& base : bases_) {
    if (OneIn(3)) continue;
    list.documents.push_back(*json::Parse(base));
    if (OneIn(8)) list.documents.back().Set("listed", json::Value::Int(turn_));
  }
  if (OneIn(2)) {
    list.documents.push_back(*json::Parse(fmt::format(R"({{"id":"x{}","n":1}})", turn_)));
  }
  for (const Pending& create : verified_) {
    list.suspects.push_back(create.seq);
    list.absence_is_proof.push_back(OneIn(2));
  }
  return {{std::move(list)}};
}

doors::OutboxRequest TurnMaker::ByOperator() {
  using Verb = doors::OutboxRequest::Verb;
  if (dead_.empty()) return {Verb::kDiscard, unsent_.empty() ? 1 : unsent_.back().seq};
  return {OneIn(2) ? Verb::kRetry : Verb::kDiscard, dead_[Below(dead_.size())]};
}

absl::StatusOr<doors::Request> TurnMaker::Some(int index) {
  const uint64_t kind = Below(12);
  if (kind < 3 && !unsent_.empty()) return Marks();
  if (kind < 7 && !open_.empty()) return Outcomes();
  if (kind == 7) return List();
  if (kind == 8) return ByOperator();
  return Writes(index);
}

absl::StatusOr<std::vector<doors::Request>> TurnMaker::Run() {
  RETURN_IF_ERROR(Survey());
  std::vector<doors::Request> requests;
  ASSIGN_OR_RETURN(auto first, Ask({FirstOf(turn_)}));
  requests.emplace_back(std::move(first));
  const int count = 1 + static_cast<int>(Below(4));
  for (int i = 1; i < count; ++i) {
    ASSIGN_OR_RETURN(auto request, Some(i));
    requests.push_back(std::move(request));
  }
  return requests;
}

}  // namespace

doors::RulesByCollection ScenarioRules() {
  doors::RulesByCollection rules;
  rules["todos"].ids = doors::IdMode::kServer;
  rules["notes"].ids = doors::IdMode::kClientUuid;
  return rules;
}

absl::StatusOr<std::vector<doors::Request>> MakeTurn(const store::Reader& reader,
                                                     const doors::Doors& doors, uint64_t seed,
                                                     int turn) {
  return TurnMaker(reader, doors, seed, turn).Run();
}

}  // namespace tideover::crash
