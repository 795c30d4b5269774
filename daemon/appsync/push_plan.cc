#include "appsync/push_plan.h"

#include <algorithm>
#include <utility>

#include "appsync/answer.h"
#include "appsync/arguments.h"
#include "base/check.h"

namespace tideover::appsync {
namespace {

using sync::PushClass;

// What every request has besides its calls: `mutation Several(…) { … }` and the envelope.
constexpr size_t kTokensOfFrame = 6;
constexpr size_t kBytesOfFrame = 128;

absl::StatusOr<json::Value> ArgumentsOf(const Target& target, const sync::PushRequest& request) {
  return target.collection == nullptr ? ArgumentsForInvoke(*target.operation, request.mutation)
                                      : ArgumentsFor(*target.operation, request);
}

json::Value BatchArguments(const BatchBinding& batch, json::Value items) {
  json::Value arguments = json::Value::Object();
  arguments.Set(batch.operation.arguments.front().name, std::move(items));
  return arguments;
}

bool TravelsAlone(const sync::PushRequest& request) {
  return request.mutation.kind() == sync::Mutation::INVOKE;
}

// What the request adds after others, the last of which was in a run of `batch`, at most. Sets
// `batch` to that of the request.
CallSize Adds(const Targets& targets, const sync::PushRequest& request,
              const BatchBinding** batch) {
  const absl::StatusOr<Target> target = targets.Find(request.mutation);
  if (!target.ok()) return {};
  absl::StatusOr<json::Value> arguments = ArgumentsOf(*target, request);
  if (!arguments.ok()) return {};
  const BatchBinding* before = std::exchange(*batch, target->batch);
  if (target->batch == nullptr) return SizeOf({target->operation, *std::move(arguments)});
  const size_t bytes =
      json::Write(BatchItem(*target->batch, request.mutation, *std::move(arguments))).size() + 1;
  if (target->batch == before) return {0, bytes};
  // As itself or as the first of a run: that is not known yet.
  const CallSize alone = SizeOf({target->operation, json::Value::Object()});
  const CallSize run =
      SizeOf({&target->batch->operation, BatchArguments(*target->batch, json::Value::Array())});
  return {alone.tokens + run.tokens, alone.bytes + run.bytes + bytes};
}

}  // namespace

size_t CountThatFit(const Targets& targets, std::span<const sync::PushRequest> requests) {
  size_t count = 0;
  CallSize total{kTokensOfFrame, kBytesOfFrame};
  const BatchBinding* batch = nullptr;
  for (const sync::PushRequest& request : requests) {
    if (count > 0 && TravelsAlone(request)) break;
    const CallSize adds = Adds(targets, request, &batch);
    total.tokens += adds.tokens;
    total.bytes += adds.bytes;
    if (count > 0 && (total.tokens > kQueryTokensMax || total.bytes > kSharedBytesMax)) break;
    ++count;
    if (TravelsAlone(request)) break;
  }
  return std::max<size_t>(count, 1);
}

PushPlan::PushPlan(const Targets& targets, std::vector<sync::PushRequest> requests)
    : planned_(requests.size()), results_(requests.size()) {
  for (size_t i = 0; i < requests.size(); ++i) Plan(targets, i, requests[i]);
  for (size_t i = 0; i < calls_.size(); ++i) {
    Cargo& cargo = cargos_[i];
    if (cargo.batch == nullptr) continue;
    calls_[i].several = true;
    json::Value items = std::move(calls_[i].arguments);
    calls_[i].arguments = BatchArguments(*cargo.batch, std::move(items));
  }
}

void PushPlan::Plan(const Targets& targets, size_t index, const sync::PushRequest& request) {
  absl::StatusOr<Target> target = targets.Find(request.mutation);
  absl::StatusOr<json::Value> arguments =
      target.ok() ? ArgumentsOf(*target, request) : absl::StatusOr<json::Value>(target.status());
  if (!arguments.ok()) {
    results_[index].outcome = PushClass::kRejected;
    results_[index].error.message = std::string(arguments.status().message());
    return;
  }
  planned_[index] = {request.mutation, *target};
  if (target->batch != nullptr && !cargos_.empty() && JoinsLast(*target->batch)) {
    return AddItem(index, *std::move(arguments));
  }
  calls_.push_back({target->operation, *std::move(arguments)});
  cargos_.push_back({nullptr, {index}});
}

bool PushPlan::JoinsLast(const BatchBinding& batch) const {
  const Cargo& last = cargos_.back();
  return planned_[last.members.back()].target.batch == &batch;
}

void PushPlan::AddItem(size_t index, json::Value arguments) {
  Call& call = calls_.back();
  Cargo& cargo = cargos_.back();
  const BatchBinding& batch = *planned_[index].target.batch;
  if (cargo.batch == nullptr) {
    // There are two now: the call becomes one of the batch operation.
    const sync::Mutation& first = planned_[cargo.members.front()].mutation;
    json::Value item = BatchItem(batch, first, std::move(call.arguments));
    call = {&batch.operation, json::Value::Array()};
    call.arguments.elements().push_back(std::move(item));
    cargo.batch = &batch;
  }
  call.arguments.elements().push_back(
      BatchItem(batch, planned_[index].mutation, std::move(arguments)));
  cargo.members.push_back(index);
}

std::vector<sync::PushResult> PushPlan::Read(std::vector<Verdict> verdicts) {
  TIDEOVER_CHECK(verdicts.size() == cargos_.size(), "an answer is not for what was sent");
  for (size_t i = 0; i < cargos_.size(); ++i) {
    const Cargo& cargo = cargos_[i];
    std::vector<Verdict> each;
    if (cargo.batch == nullptr) {
      each.push_back(std::move(verdicts[i]));
    } else {
      each = ReadBatch(*cargo.batch, cargo.members.size(), verdicts[i]);
    }
    for (size_t n = 0; n < each.size(); ++n) {
      const size_t index = cargo.members[n];
      const Planned& planned = planned_[index];
      const Target& target = planned.target;
      const OperationBinding& operation =
          cargo.batch == nullptr ? *target.operation : cargo.batch->operation;
      results_[index] =
          target.collection == nullptr
              ? ReadInvoke(operation, each[n])
              : ReadPush(*target.collection, operation, planned.mutation, std::move(each[n]));
    }
  }
  return std::move(results_);
}

}  // namespace tideover::appsync
