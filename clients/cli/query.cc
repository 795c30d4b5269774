#include <algorithm>
#include <ostream>

#include "base/json.h"
#include "cli/commands.h"
#include "cli/words.h"

namespace tideover::cli {
namespace {

constexpr uint64_t kLimitDefault = 100;
constexpr uint64_t kPageSizeMax = 1000;
// Fields beyond this many are left to --json.
constexpr size_t kFieldsMax = 8;

std::string ValueWords(const json::Value* value) {
  if (value == nullptr) return "";
  return value->is_string() ? value->text() : json::Write(*value);
}

// The fields of all documents in the order in which they first appear, without the id itself.
std::vector<std::string> FieldsOf(const std::vector<json::Value>& values,
                                  const v1::QueryResponse& response) {
  std::vector<std::string> fields;
  for (size_t i = 0; i < values.size(); ++i) {
    for (const json::Member& member : values[i].members()) {
      if (ValueWords(&member.value) == response.documents(static_cast<int>(i)).id()) continue;
      if (std::find(fields.begin(), fields.end(), member.name) != fields.end()) continue;
      if (fields.size() == kFieldsMax) return fields;
      fields.push_back(member.name);
    }
  }
  return fields;
}

void PrintTable(Context& context, const v1::QueryResponse& response) {
  std::vector<json::Value> values;
  bool pending = false;
  for (const v1::Document& document : response.documents()) {
    auto value = json::Parse(document.json());
    values.push_back(value.ok() ? *std::move(value) : json::Value());
    pending = pending || document.pending();
  }
  const std::vector<std::string> fields = FieldsOf(values, response);
  std::vector<std::string> heading = {"ID", ""};
  for (const std::string& field : fields) heading.push_back(Printable(field));
  Table table(heading);
  for (size_t i = 0; i < values.size(); ++i) {
    const v1::Document& document = response.documents(static_cast<int>(i));
    std::vector<Cell> row = {{document.id()}, {document.pending() ? "*" : "", Colour::kYellow}};
    for (const std::string& field : fields) row.push_back({ValueWords(values[i].Find(field))});
    table.Add(std::move(row));
  }
  if (!table.empty()) table.Print(context.out(), context.Style());
  if (pending) context.Note("* not confirmed by the server yet");
}

void PrintNotes(Context& context, const v1::QueryResponse& response) {
  std::string note = std::to_string(response.documents_size()) +
                     (response.documents_size() == 1 ? " document" : " documents");
  note += ", fetched " +
          AgeWords(response.has_fetched_at(), response.fetched_at(), context.environment.now());
  if (response.stale()) note += ", may be out of date";
  context.Note(note);
  if (!response.next_page_token().empty()) {
    context.Note("there are more: --all, --limit, or --page-token " + response.next_page_token());
  }
}

}  // namespace

int RunQuery(Context& context) {
  const Arguments& arguments = context.arguments;
  const auto policy = ParsePolicy(arguments.policy);
  if (!policy.has_value()) return context.Usage("--policy: no such policy");
  v1::QueryRequest request;
  request.set_collection(arguments.collection);
  request.set_filter(arguments.filter);
  request.set_order_by(arguments.order_by);
  request.set_page_token(arguments.page_token);
  request.set_policy(*policy);
  const uint64_t limit = arguments.all         ? UINT64_MAX
                         : arguments.limit > 0 ? arguments.limit
                                               : kLimitDefault;
  v1::QueryResponse whole;
  do {
    const uint64_t left = limit - static_cast<uint64_t>(whole.documents_size());
    request.set_page_size(static_cast<int32_t>(std::min(left, kPageSizeMax)));
    v1::QueryResponse page;
    const grpc::Status status = context.connection.data().Query(Call(), request, &page);
    if (!status.ok()) return context.Fail(status);
    request.set_page_token(page.next_page_token());
    // Only the first page may fetch; the later ones go on in what it found.
    request.set_policy(v1::READ_POLICY_CACHE_ONLY);
    whole.clear_next_page_token();
    whole.MergeFrom(page);
  } while (!request.page_token().empty() && static_cast<uint64_t>(whole.documents_size()) < limit);
  if (context.json()) {
    context.PrintJson(whole);
    return kExitOk;
  }
  PrintTable(context, whole);
  PrintNotes(context, whole);
  return kExitOk;
}

}  // namespace tideover::cli
