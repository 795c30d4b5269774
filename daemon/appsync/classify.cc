#include "appsync/classify.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "appsync/error_table.h"
#include "appsync/graphql_answer.h"

namespace tideover::appsync {
namespace {

using sync::PushClass;

// Cuts on a character's boundary.
std::string Cut(std::string text) {
  if (text.size() <= kErrorMessageBytesMax) return text;
  size_t end = kErrorMessageBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

// Lower counts first when an answer holds several errors.
int Caution(PushClass outcome) {
  switch (outcome) {
    case PushClass::kUnauthorized:
      return 0;
    case PushClass::kConflict:
      return 1;
    case PushClass::kAmbiguous:
      return 2;
    case PushClass::kRetry:
      return 3;
    case PushClass::kRejected:
      return 4;
    case PushClass::kConfirmed:
      return 5;
  }
  return 2;
}

Verdict Make(PushClass outcome, std::string message, int status, std::string type = "") {
  Verdict verdict;
  verdict.outcome = outcome;
  verdict.error.message = Cut(std::move(message));
  verdict.error.http_status = static_cast<uint32_t>(std::max(status, 0));
  verdict.error.error_type = Cut(std::move(type));
  return verdict;
}

// The text that a condition compares; nothing for null, missing, arrays and objects.
std::optional<std::string> Comparable(const json::Value* value) {
  if (value == nullptr) return std::nullopt;
  if (value->is_string() || value->is_number()) return value->text();
  if (value->is_bool()) return value->boolean() ? "true" : "false";
  return std::nullopt;
}

class Classifier {
 public:
  Classifier(const OperationBinding& operation, int status)
      : operation_(operation), field_path_("/" + operation.field), status_(status) {}

  Verdict OfStatus(const net::HttpResponse& response) const;
  Verdict OfAnswer(const net::HttpResponse& response) const;

 private:
  Verdict OfValue(GraphqlAnswer answer, json::Value value) const;
  // Errors inside a list: some of it is missing, and what is missing must not look deleted.
  std::optional<Verdict> OfItems(const GraphqlAnswer& answer) const;
  std::optional<Verdict> OfConditions(const GraphqlAnswer& answer, const json::Value& value) const;
  // The most cautious of the errors that concern the field; with `all` also those without a path.
  std::optional<Verdict> OfErrors(const GraphqlAnswer& answer, bool all) const;
  PushClass ClassOf(const GraphqlError& error, bool without_data) const;

  const OperationBinding& operation_;
  const std::string field_path_;
  const int status_;
};

Verdict Classifier::OfStatus(const net::HttpResponse& response) const {
  const std::optional<GraphqlAnswer> answer = ParseAnswer(response.body);
  const bool told = answer.has_value() && !answer->errors.empty();
  const PushClass by_status = ClassOfStatus(status_, told);
  if (!told) {
    const std::string* location = response.FindHeader("location");
    return Make(
        by_status,
        location == nullptr
            ? fmt::format("HTTP {}, and the answer is none of AppSync's", status_)
            : fmt::format("HTTP {}: redirected, perhaps by a network's sign-in page", status_),
        status_);
  }
  const GraphqlError& error = answer->errors[0];
  const PushClass outcome =
      status_ == 401 ? by_status : ClassOfErrorType(error.type).value_or(by_status);
  return Make(outcome, error.message, status_, error.type);
}

Verdict Classifier::OfAnswer(const net::HttpResponse& response) const {
  std::optional<GraphqlAnswer> answer = ParseAnswer(response.body);
  if (!answer.has_value()) {
    const std::string* type = response.FindHeader("content-type");
    return Make(PushClass::kAmbiguous,
                fmt::format("the answer is no JSON object, its content type {}",
                            type == nullptr ? "not given" : *type),
                status_);
  }
  if (answer->data.is_null() && answer->errors.empty()) {
    if (answer->error_message.empty()) {
      return Make(PushClass::kAmbiguous, "the answer has neither data nor errors", status_);
    }
    return Make(PushClass::kRejected, answer->error_message, status_);
  }
  json::Value* found = answer->data.Find(operation_.field);
  if (found != nullptr && !found->is_null()) {
    json::Value value = std::move(*found);
    return OfValue(*std::move(answer), std::move(value));
  }
  if (std::optional<Verdict> by_errors = OfErrors(*answer, true)) return *std::move(by_errors);
  return Make(PushClass::kAmbiguous,
              fmt::format("{} is {} and no error says why", operation_.field,
                          found == nullptr ? "missing" : "null"),
              status_);
}

Verdict Classifier::OfValue(GraphqlAnswer answer, json::Value value) const {
  if (std::optional<Verdict> unfit = OfItems(answer)) return *std::move(unfit);
  std::optional<Verdict> verdict;
  if (!operation_.ok.empty()) {
    verdict = OfConditions(answer, value);
  } else {
    // Below the field: its resolver returned, only the reading of its result failed.
    std::erase_if(answer.errors, [this](const GraphqlError& e) { return e.path != field_path_; });
    verdict = OfErrors(answer, false);
  }
  if (!verdict.has_value()) verdict = Make(PushClass::kConfirmed, "", status_);
  verdict->data = std::move(value);
  return *std::move(verdict);
}

std::optional<Verdict> Classifier::OfItems(const GraphqlAnswer& answer) const {
  if (operation_.kind != OperationKind::kQuery) return std::nullopt;
  for (const GraphqlError& error : answer.errors) {
    if (!error.IsAtOrBelow(field_path_ + operation_.items)) continue;
    return Make(PushClass::kRetry, fmt::format("{}: {}", error.path, error.message), status_,
                error.type);
  }
  return std::nullopt;
}

std::optional<Verdict> Classifier::OfConditions(const GraphqlAnswer& answer,
                                                const json::Value& value) const {
  std::optional<Verdict> unreadable;
  for (const Condition& condition : operation_.ok) {
    const std::optional<std::string> actual = Comparable(json::Resolve(value, condition.pointer));
    if (actual == condition.expected) continue;
    const std::string what = fmt::format(
        "{} answered {} = {}, expected \"{}\"", operation_.field, condition.pointer,
        actual.has_value() ? fmt::format("\"{}\"", *actual) : "nothing", condition.expected);
    if (actual.has_value()) return Make(PushClass::kRejected, what, status_);
    unreadable = Make(PushClass::kAmbiguous, what, status_);
  }
  if (!unreadable.has_value()) return std::nullopt;
  std::optional<Verdict> by_errors = OfErrors(answer, false);
  return by_errors.has_value() ? by_errors : unreadable;
}

std::optional<Verdict> Classifier::OfErrors(const GraphqlAnswer& answer, bool all) const {
  const GraphqlError* counts = nullptr;
  PushClass worst = PushClass::kConfirmed;
  for (const GraphqlError& error : answer.errors) {
    const bool ours = error.IsAtOrBelow(field_path_) || (all && error.path.empty());
    if (!ours) continue;
    const PushClass outcome = ClassOf(error, answer.data.is_null());
    if (counts == nullptr || Caution(outcome) < Caution(worst)) {
      counts = &error;
      worst = outcome;
    }
  }
  if (counts == nullptr) return std::nullopt;
  Verdict verdict = Make(worst, counts->empty() ? "an error without a word" : counts->message,
                         status_, counts->type);
  if (worst == PushClass::kConflict && counts->data.is_object()) verdict.conflicting = counts->data;
  return verdict;
}

PushClass Classifier::ClassOf(const GraphqlError& error, bool without_data) const {
  if (!error.type.empty()) {
    const auto& refusals = operation_.refusals;
    if (std::find(refusals.begin(), refusals.end(), error.type) != refusals.end()) {
      return PushClass::kRejected;
    }
    return ClassOfErrorType(error.type).value_or(PushClass::kAmbiguous);
  }
  const bool validation = error.path.empty() && without_data && !error.empty();
  return validation ? PushClass::kRejected : PushClass::kAmbiguous;
}

// Nothing is half done by reading.
Verdict ForQuery(Verdict verdict, bool answered_by_field) {
  const bool wait = verdict.outcome == PushClass::kAmbiguous ||
                    verdict.outcome == PushClass::kConflict ||
                    (verdict.outcome == PushClass::kRejected && answered_by_field);
  if (wait) verdict.outcome = PushClass::kRetry;
  verdict.conflicting.reset();
  return verdict;
}

Verdict OfFailure(const net::HttpFailure& failure) {
  const bool unsent = failure.delivery == net::Delivery::kNotSent;
  return Make(unsent ? PushClass::kRetry : PushClass::kAmbiguous, failure.message, failure.status);
}

}  // namespace

Verdict Classify(const OperationBinding& operation, const net::HttpResult& result) {
  const bool query = operation.kind == OperationKind::kQuery;
  if (const auto* failure = std::get_if<net::HttpFailure>(&result)) {
    const Verdict verdict = OfFailure(*failure);
    return query ? ForQuery(verdict, false) : verdict;
  }
  const auto& response = std::get<net::HttpResponse>(result);
  const Classifier classifier(operation, response.status);
  Verdict verdict =
      response.status == 200 ? classifier.OfAnswer(response) : classifier.OfStatus(response);
  verdict.retry_after = response.retry_after;
  if (!query) return verdict;
  const bool answered_by_field = !verdict.data.is_null();
  return ForQuery(std::move(verdict), answered_by_field);
}

}  // namespace tideover::appsync
