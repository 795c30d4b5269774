#include "support/store_fixture.h"

#include <utility>

#include "cache/documents.h"
#include "cache/id_map.h"
#include "log/lanes.h"
#include "log/mutation_log.h"
#include "log/settled.h"
#include "support/store_check.h"

namespace tideover::support {

using doors::Answer;
using doors::CommitAnswer;
using doors::CommitRequest;
using doors::MergeEvent;
using doors::OperationInput;
using doors::OutboxRequest;
using doors::Request;
using log::Mutation;

store::EnvOptions TestEnvOptions(std::string path) {
  store::EnvOptions options;
  options.path = std::move(path);
  options.map_bytes = uint64_t{1} << 30;
  options.quota_bytes = uint64_t{1} << 29;
  options.unsafe_no_sync = true;
  return options;
}

std::unique_ptr<store::Env> OpenTestEnv(std::string path) {
  auto env = store::Env::Open(TestEnvOptions(std::move(path)));
  if (!env.ok()) {
    ADD_FAILURE() << env.status();
    return nullptr;
  }
  return *std::move(env);
}

void WriteTo(store::Env* env, absl::FunctionRef<void(store::WriteTxn*)> write) {
  auto txn = env->BeginWrite();
  ASSERT_TRUE(txn.ok()) << txn.status();
  write(&*txn);
  const absl::Status committed = txn->Commit();
  ASSERT_TRUE(committed.ok()) << committed;
}

DoorsFixture::DoorsFixture() : env_options_(TestEnvOptions(dir_.path() + "/env")) {
  rules_["todos"].ids = doors::IdMode::kServer;
  rules_["notes"].ids = doors::IdMode::kClientUuid;
  rules_["cards"].ids = doors::IdMode::kClientObjectId;
  rules_["cards"].id_field = "cardId";
  rules_["todos"].references = {{"parent", "todos"}, {"links", "todos"}};
  rules_["notes"].references = {{"todo", "todos"}};
  operations_["finish"].arguments = {"id", "ids", "deep", "n", "new", "links", "todo", "parent"};
  operations_["archive"] = {.arguments = {"id", "why"}, .required = {"id"}};
  Open();
}

DoorsFixture::~DoorsFixture() {
  doors_.reset();
  env_.reset();
}

void DoorsFixture::Open() {
  auto env = store::Env::Open(env_options_);
  ASSERT_TRUE(env.ok()) << env.status();
  env_ = *std::move(env);
  auto opened = doors::Doors::Open(env_.get(), rules_, &clock_, &random_, place_, operations_);
  ASSERT_TRUE(opened.ok()) << opened.status();
  doors_ = *std::move(opened);
}

void DoorsFixture::Reopen() {
  doors_.reset();
  env_.reset();
  Open();
  Check();
}

void DoorsFixture::Check() {
  auto txn = env_->BeginRead();
  ASSERT_TRUE(txn.ok()) << txn.status();
  const absl::Status checked = CheckStore(txn->reader(), rules_, doors_->catalog());
  EXPECT_TRUE(checked.ok()) << checked;
}

std::vector<Answer> DoorsFixture::RunTurn(const std::vector<Request>& requests) {
  std::vector<const Request*> pointers;
  for (const Request& request : requests) pointers.push_back(&request);
  std::vector<Answer> answers;
  auto turned = doors_->RunTurn(pointers, &answers);
  EXPECT_TRUE(turned.ok()) << turned.status();
  notice_ = turned.ok() ? *std::move(turned) : view::CommitNotice();
  Check();
  answers.resize(requests.size());
  return answers;
}

absl::StatusOr<doors::Operation> DoorsFixture::Checked(const OperationInput& input) const {
  if (input.kind != Mutation::INVOKE) {
    return doors::CheckOperation(input, doors_->catalog(), doors_->rules());
  }
  return doors::CheckInvoke(input, doors_->catalog(), doors_->rules(), doors_->operations());
}

CommitRequest DoorsFixture::Ask(const std::vector<OperationInput>& inputs) {
  CommitRequest request;
  for (const OperationInput& input : inputs) {
    auto operation = Checked(input);
    if (!operation.ok()) {
      ADD_FAILURE() << operation.status();
      continue;
    }
    request.operations.push_back(*std::move(operation));
  }
  return request;
}

Answer DoorsFixture::Call(const std::vector<OperationInput>& inputs) {
  return RunTurn({Ask(inputs)}).front();
}

CommitAnswer DoorsFixture::MustCommit(const std::vector<OperationInput>& inputs) {
  Answer answer = Call(inputs);
  EXPECT_TRUE(answer.status.ok()) << answer.status;
  answer.commit.operations.resize(inputs.size());
  return answer.commit;
}

absl::Status DoorsFixture::StatusOf(const OperationInput& input) {
  auto operation = Checked(input);
  if (!operation.ok()) return operation.status();
  CommitRequest request;
  request.operations.push_back(*std::move(operation));
  return RunTurn({std::move(request)}).front().status;
}

doors::MergeAnswer DoorsFixture::Merge(std::vector<MergeEvent> events) {
  const Answer answer = RunTurn({doors::MergeRequest{std::move(events)}}).front();
  EXPECT_TRUE(answer.status.ok()) << answer.status;
  return answer.merge;
}

doors::List DoorsFixture::ListOf(const std::string& collection,
                                 const std::vector<std::string>& documents) {
  doors::List list{IdOf(collection), Counters().last_commit(), clock_.Wall(), {}, {}, {}};
  for (const std::string& document : documents) list.documents.push_back(Json(document));
  return list;
}

absl::Status DoorsFixture::Retry(uint64_t seq) {
  return RunTurn({OutboxRequest{OutboxRequest::Verb::kRetry, seq}}).front().status;
}

absl::Status DoorsFixture::Discard(uint64_t seq) {
  return RunTurn({OutboxRequest{OutboxRequest::Verb::kDiscard, seq}}).front().status;
}

std::string DoorsFixture::View(const std::string& collection, const std::string& id) {
  const auto record = Record(collection, id);
  return record.has_value() ? record->view.value_or("-") : "-";
}

std::string DoorsFixture::Base(const std::string& collection, const std::string& id) {
  const auto record = Record(collection, id);
  return record.has_value() ? record->base.value_or("-") : "-";
}

std::optional<cache::Document> DoorsFixture::Record(const std::string& collection,
                                                    const std::string& id) {
  const auto txn = env_->BeginRead();
  const auto found = cache::Find(txn->reader(), IdOf(collection), id);
  EXPECT_TRUE(found.ok()) << found.status();
  if (!found.ok() || !found->has_value()) return std::nullopt;
  return (*found)->Copy();
}

std::string DoorsFixture::Resolved(const std::string& collection, const std::string& id) {
  const auto txn = env_->BeginRead();
  return cache::ResolveId(txn->reader(), IdOf(collection), id).value_or("(damaged)");
}

std::optional<log::LogEntry> DoorsFixture::Pending(uint64_t seq) {
  const auto txn = env_->BeginRead();
  return log::Find(txn->reader(), seq).value_or(std::nullopt);
}

std::optional<log::SettledEntry> DoorsFixture::Settled(uint64_t seq) {
  const auto txn = env_->BeginRead();
  return log::FindSettled(txn->reader(), seq).value_or(std::nullopt);
}

std::vector<uint64_t> DoorsFixture::Lane(const std::string& collection, const std::string& id) {
  const auto txn = env_->BeginRead();
  return log::ReadLane(txn->reader(), IdOf(collection), id).value_or(std::vector<uint64_t>());
}

log::Counters DoorsFixture::Counters() {
  const auto txn = env_->BeginRead();
  return log::ReadCounters(txn->reader()).value_or(log::Counters());
}

store::CollectionId DoorsFixture::IdOf(const std::string& collection) const {
  return doors_->catalog().IdOf(collection).value_or(0);
}

OperationInput Create(std::string collection, std::string json, std::string id) {
  OperationInput input;
  input.collection = std::move(collection);
  input.document_id = std::move(id);
  input.kind = Mutation::CREATE;
  input.json = std::move(json);
  return input;
}

OperationInput Update(std::string collection, std::string id, std::string patch) {
  OperationInput input = Create(std::move(collection), std::move(patch), std::move(id));
  input.kind = Mutation::UPDATE;
  return input;
}

OperationInput Increment(std::string collection, std::string id, std::string json) {
  OperationInput input = Create(std::move(collection), std::move(json), std::move(id));
  input.kind = Mutation::INCREMENT;
  return input;
}

OperationInput Replace(std::string collection, std::string id, std::string json) {
  OperationInput input = Create(std::move(collection), std::move(json), std::move(id));
  input.kind = Mutation::REPLACE;
  return input;
}

OperationInput Delete(std::string collection, std::string id) {
  OperationInput input = Create(std::move(collection), "", std::move(id));
  input.kind = Mutation::DELETE;
  return input;
}

OperationInput Upsert(OperationInput input) {
  input.upsert = true;
  return input;
}

OperationInput Invoke(std::string operation, std::string arguments,
                      std::vector<OperationInput> effects) {
  OperationInput input;
  input.kind = Mutation::INVOKE;
  input.operation = std::move(operation);
  input.json = std::move(arguments);
  input.effects = std::move(effects);
  return input;
}

OperationInput Named(std::string mutation_id, OperationInput input) {
  input.mutation_id = std::move(mutation_id);
  return input;
}

json::Value Json(std::string_view text) {
  const auto value = json::Parse(text);
  EXPECT_TRUE(value.ok()) << text;
  return value.ok() ? *value : json::Value();
}

}  // namespace tideover::support
