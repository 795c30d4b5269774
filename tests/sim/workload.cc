#include "sim/workload.h"

#include <fmt/format.h>

#include <utility>

#include "cache/documents.h"

namespace tideover::sim {

using log::Mutation;

std::string Workload::MakeContent() {
  if (network_.Strikes(network_.plan.poison)) return fmt::format("poison {}", ++contents_);
  if (network_.Strikes(network_.plan.stuck)) return fmt::format("stuck {}", ++contents_);
  const bool kept = network_.Strikes(network_.plan.poison / 2);
  return fmt::format("c{}-{}{}", daemon_.index(), ++contents_, kept ? " kept" : "");
}

std::vector<Workload::Handle> Workload::VisibleDocuments() {
  std::vector<Handle> all;
  const auto txn = daemon_.env().BeginRead();
  for (const auto& [name, collection] : daemon_.doors().catalog().all()) {
    const absl::Status walked =
        cache::ForEach(txn->reader(), collection, "",
                       [&, &named = name](std::string_view id, const cache::DocumentRef& document) {
                         if (document.view.has_value()) all.push_back({named, std::string(id)});
                         return true;
                       });
    if (!walked.ok()) world_.Fail(walked.ToString());
  }
  return all;
}

// A document of todos that an app knows of, by the id that it was told first; empty: none.
std::string Workload::SomeTodo() {
  std::vector<std::string> ids;
  for (const Handle& handle : handles_) {
    if (handle.collection == "todos") ids.push_back(handle.id);
  }
  if (ids.empty()) return "";
  return ids[static_cast<size_t>(world_.Between(0, static_cast<int64_t>(ids.size()) - 1))];
}

// A member that names another document, to stand before the others; most often nothing.
std::string Workload::MakeReference(const std::string& collection) {
  if (network_.plan.ledger || !world_.Chance(network_.plan.refers)) return "";
  const std::string id = SomeTodo();
  if (id.empty()) return "";
  if (collection == "todos") return fmt::format(R"("parent":"{}",)", id);
  return world_.Chance(0.5) ? fmt::format(R"("todo":"{}",)", id)
                            : fmt::format(R"("links":["{}","{}"],)", id, SomeTodo());
}

void Workload::FillCreate(doors::OperationInput* input) {
  const bool twin = world_.Chance(network_.plan.twin);
  input->collection = world_.Chance(0.7) ? "todos" : "notes";
  input->kind = Mutation::CREATE;
  const std::string reference = MakeReference(input->collection);
  input->json = fmt::format(R"({{{}"content":"{}"}})", reference, twin ? "milk" : MakeContent());
  // Now and then an app chooses the id that a document has until the server does, also an old one.
  if (input->collection != "todos" || network_.plan.ledger || !world_.Chance(0.2)) return;
  input->document_id = fmt::format("local-{}", world_.Between(1, 5));
}

void Workload::FillWrite(const Handle& target, doors::OperationInput* input) {
  input->collection = target.collection;
  input->document_id = target.id;
  const int64_t choice = world_.Between(0, 15);
  if (choice < 6) {
    input->kind = Mutation::UPDATE;
    // No two writes say the same: what becomes of a document tells whose it is.
    const bool clears = world_.Chance(0.2);
    const std::string reference = MakeReference(target.collection);
    input->json = fmt::format(R"({{{}{}:"{}"}})", reference,
                              clears ? R"("content":null,"done")" : R"("content")", MakeContent());
    input->upsert = world_.Chance(0.1);
  } else if (choice < 8) {
    input->kind = Mutation::REPLACE;
    const std::string reference = MakeReference(target.collection);
    input->json = fmt::format(R"({{{}"content":"{}","kind":1}})", reference, MakeContent());
  } else if (choice < 10) {
    input->kind = Mutation::DELETE;
  } else if (choice < 12) {
    input->kind = Mutation::INCREMENT;
    const bool poison = network_.Strikes(network_.plan.poison);
    input->json = fmt::format(R"({{"{}":{}}})", poison ? "poison" : "count", world_.Between(1, 9));
  } else {
    input->kind = choice < 14 ? Mutation::ADD_TO_SET : Mutation::REMOVE;
    const bool poison = network_.Strikes(network_.plan.poison);
    const int64_t tag = world_.Between(1, 9);
    input->json = fmt::format(R"({{"tags":["{}{}","{}"]}})", poison ? "poison " : "t", tag,
                              world_.Between(1, 4));
  }
}

void Workload::FillInvoke(const std::vector<Handle>& visible, doors::OperationInput* input) {
  input->kind = Mutation::INVOKE;
  input->operation = world_.Chance(0.5) ? "finish" : "notify";
  const std::string text = MakeContent();
  std::string arguments = fmt::format(R"("text":"{}")", text);
  const char* names[] = {"doc", "other"};
  for (const char* name : names) {
    if (visible.empty() || world_.Chance(0.4)) continue;
    const Handle& target =
        visible[static_cast<size_t>(world_.Between(0, static_cast<int64_t>(visible.size()) - 1))];
    arguments += fmt::format(R"(,"{}":"{}")", name, target.id);
    if (!world_.Chance(0.7)) continue;  // What it does there comes as a surprise.
    doors::OperationInput effect;
    effect.collection = target.collection;
    effect.document_id = target.id;
    effect.kind = Mutation::UPDATE;
    effect.json = fmt::format(R"({{"finished":"{}"}})", text);
    input->effects.push_back(std::move(effect));
  }
  if (!network_.plan.ledger && world_.Chance(0.3)) {
    arguments += R"(,"make":true)";
    doors::OperationInput effect;
    effect.collection = "todos";
    effect.kind = Mutation::CREATE;
    effect.json = fmt::format(R"({{"content":"made {}"}})", text);
    input->effects.push_back(std::move(effect));
  }
  input->json = fmt::format("{{{}}}", arguments);
}

doors::OperationInput Workload::MakeInput() {
  doors::OperationInput input;
  std::vector<Handle> visible = VisibleDocuments();
  if (!handles_.empty() && world_.Chance(0.2)) {
    visible = {handles_[static_cast<size_t>(
        world_.Between(0, static_cast<int64_t>(handles_.size()) - 1))]};
  }
  const bool full = static_cast<int>(visible.size()) >= network_.plan.documents_max;
  if (world_.Chance(network_.plan.invokes)) {
    FillInvoke(visible, &input);
  } else if (visible.empty() || (!full && world_.Chance(0.35))) {
    FillCreate(&input);
  } else {
    FillWrite(
        visible[static_cast<size_t>(world_.Between(0, static_cast<int64_t>(visible.size()) - 1))],
        &input);
  }
  if (world_.Chance(network_.plan.scoped)) input.scope = world_.Chance(0.5) ? "red" : "blue";
  return input;
}

void Workload::Call() {
  if (!daemon_.up() || daemon_.asleep()) return;
  auto call = std::make_shared<Pending>();
  const bool named = world_.Chance(network_.plan.named);
  const int64_t count = world_.Chance(0.15) ? world_.Between(2, 4) : 1;
  for (int64_t i = 0; i < count; ++i) {
    call->inputs.push_back(MakeInput());
    if (named) call->inputs.back().mutation_id = fmt::format("m{}", ++mutation_ids_);
  }
  if (named) unanswered_.push_back(call);
  Submit(call);
  // An app that is not sure asks twice.
  if (named && world_.Chance(0.05)) Submit(call);
}

void Workload::Submit(const std::shared_ptr<Pending>& call) {
  doors::CommitRequest request;
  for (const doors::OperationInput& input : call->inputs) {
    const doors::Doors& doors = daemon_.doors();
    auto operation =
        input.kind == Mutation::INVOKE
            ? doors::CheckInvoke(input, doors.catalog(), doors.rules(), doors.operations())
            : doors::CheckOperation(input, doors.catalog(), doors.rules());
    if (!operation.ok()) {
      world_.Note(
          fmt::format("d{} call refused: {}", daemon_.index(), operation.status().ToString()));
      call->answered = true;
      return;
    }
    request.operations.push_back(*std::move(operation));
  }
  daemon_.Submit(std::move(request), [this, call](doors::Answer answer) {
    if (absl::IsResourceExhausted(answer.status)) return;
    call->answered = true;
    if (!answer.status.ok()) {
      world_.Note(fmt::format("d{} call refused: {}", daemon_.index(),
                              std::string(answer.status.message())));
      if (call->accepted) world_.Fail("a call was accepted, and its repetition was refused");
      return;
    }
    call->accepted = true;
    ledger_.OnAnswered(daemon_.index(), answer.commit);
    if (handles_.size() > 20) handles_.erase(handles_.begin());
    const std::string& id = answer.commit.operations[0].document_id;
    if (!id.empty()) handles_.push_back({call->inputs[0].collection, id});
  });
}

void Workload::RepeatUnanswered() {
  std::vector<std::shared_ptr<Pending>> still;
  for (const std::shared_ptr<Pending>& call : std::exchange(unanswered_, {})) {
    if (call->answered) continue;
    still.push_back(call);
    Submit(call);
  }
  unanswered_.insert(unanswered_.end(), still.begin(), still.end());
}

void Workload::CheckAnswered() {
  for (const auto& call : unanswered_) {
    if (!call->answered) world_.Fail("a call was never answered");
  }
}

}  // namespace tideover::sim
