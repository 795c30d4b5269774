#include "appsync/classify.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "appsync/conditions.h"
#include "appsync/error_table.h"

namespace tideover::appsync {
namespace {

using sync::PushClass;

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
  verdict.error.message = CutMessage(std::move(message));
  verdict.error.http_status = static_cast<uint32_t>(std::max(status, 0));
  verdict.error.error_type = CutMessage(std::move(type));
  return verdict;
}

class Classifier {
 public:
  Classifier(const OperationBinding& operation, std::string_view key, int status)
      : operation_(operation), key_(key), field_path_("/" + key_), status_(status) {}

  Verdict OfStatus(const net::HttpResponse& response, const GraphqlAnswer* answer) const;
  Verdict OfAnswer(const net::HttpResponse& response, GraphqlAnswer* answer) const;

 private:
  Verdict OfValue(const GraphqlAnswer& answer, json::Value value) const;
  // Errors inside a list: some of it is missing, and what is missing must not look deleted.
  std::optional<Verdict> OfItems(const GraphqlAnswer& answer) const;
  std::optional<Verdict> OfConditions(const GraphqlAnswer& answer, const json::Value& value) const;
  // Which errors count: those at the field itself, also those below it, or also those without a
  // path.
  enum class Reach { kField, kBelow, kAll };
  // The most cautious of them.
  std::optional<Verdict> OfErrors(const GraphqlAnswer& answer, Reach reach) const;
  bool Concerns(const GraphqlError& error, Reach reach) const;
  PushClass ClassOf(const GraphqlError& error, bool without_data) const;
  Verdict OfWhole(PushClass outcome, std::string message, std::string type = "") const;

  const OperationBinding& operation_;
  const std::string key_;
  const std::string field_path_;
  const int status_;
};

// "UnauthorizedException:http://…", as AWS's front door puts it.
std::string TypeInHeader(const net::HttpResponse& response) {
  const std::string* header = response.FindHeader("x-amzn-errortype");
  return header == nullptr ? "" : header->substr(0, header->find(':'));
}

Verdict Classifier::OfWhole(PushClass outcome, std::string message, std::string type) const {
  Verdict verdict = Make(outcome, std::move(message), status_, std::move(type));
  verdict.whole = true;
  return verdict;
}

Verdict Classifier::OfStatus(const net::HttpResponse& response, const GraphqlAnswer* answer) const {
  const bool told = answer != nullptr && !answer->errors.empty();
  const PushClass by_status = ClassOfStatus(status_, told);
  std::string type = told ? answer->errors[0].type : "";
  if (type.empty()) type = TypeInHeader(response);
  const PushClass outcome = status_ == 401 ? by_status : ClassOfErrorType(type).value_or(by_status);
  std::string message;
  if (told) {
    message = answer->errors[0].message;
  } else if (response.FindHeader("location") == nullptr) {
    message = fmt::format("HTTP {}, and the answer is none of AppSync's", status_);
  } else {
    message = fmt::format("HTTP {}: redirected, perhaps by a network's sign-in page", status_);
  }
  const bool throttled = status_ == 429 || IsThrottling(type);
  Verdict verdict = OfWhole(outcome, std::move(message), std::move(type));
  verdict.throttled = throttled;
  return verdict;
}

Verdict Classifier::OfAnswer(const net::HttpResponse& response, GraphqlAnswer* answer) const {
  if (answer == nullptr) {
    const std::string* type = response.FindHeader("content-type");
    return OfWhole(PushClass::kAmbiguous,
                   fmt::format("the answer is no JSON object, its content type {}",
                               type == nullptr ? "not given" : *type));
  }
  if (answer->data.is_null() && answer->errors.empty()) {
    if (answer->error_message.empty()) {
      return OfWhole(PushClass::kAmbiguous, "the answer has neither data nor errors");
    }
    return OfWhole(PushClass::kRejected, answer->error_message);
  }
  json::Value* found = answer->data.Find(key_);
  if (found != nullptr && !found->is_null()) return OfValue(*answer, std::move(*found));
  std::optional<Verdict> by_errors = OfErrors(*answer, Reach::kAll);
  if (by_errors.has_value()) return *std::move(by_errors);
  if (found != nullptr && operation_.null_is_answer && operation_.ok.empty()) {
    return Make(PushClass::kConfirmed, "", status_);
  }
  return Make(PushClass::kAmbiguous,
              fmt::format("{} is {} and no error says why", operation_.field,
                          found == nullptr ? "missing" : "null"),
              status_);
}

Verdict Classifier::OfValue(const GraphqlAnswer& answer, json::Value value) const {
  if (std::optional<Verdict> unfit = OfItems(answer)) return *std::move(unfit);
  std::optional<Verdict> verdict;
  if (!operation_.ok.empty()) {
    verdict = OfConditions(answer, value);
  } else {
    // Below the field: its resolver returned, only the reading of its result failed.
    verdict = OfErrors(answer, Reach::kField);
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
  const Checked checked = CheckConditions(operation_.ok, operation_.field, value);
  if (checked.state == Checked::State::kHold) return std::nullopt;
  if (checked.state == Checked::State::kFail) {
    return Make(PushClass::kRejected, checked.what, status_);
  }
  std::optional<Verdict> by_errors = OfErrors(answer, Reach::kBelow);
  return by_errors.has_value() ? by_errors : Make(PushClass::kAmbiguous, checked.what, status_);
}

bool Classifier::Concerns(const GraphqlError& error, Reach reach) const {
  if (error.path.empty()) return reach == Reach::kAll;
  return reach == Reach::kField ? error.path == field_path_ : error.IsAtOrBelow(field_path_);
}

std::optional<Verdict> Classifier::OfErrors(const GraphqlAnswer& answer, Reach reach) const {
  const GraphqlError* counts = nullptr;
  PushClass worst = PushClass::kConfirmed;
  for (const GraphqlError& error : answer.errors) {
    if (!Concerns(error, reach)) continue;
    const PushClass outcome = ClassOf(error, answer.data.is_null());
    if (counts == nullptr || Caution(outcome) < Caution(worst)) {
      counts = &error;
      worst = outcome;
    }
  }
  if (counts == nullptr) return std::nullopt;
  Verdict verdict = Make(worst, counts->empty() ? "an error without a word" : counts->message,
                         status_, counts->type);
  verdict.whole = counts->path.empty();
  verdict.throttled = IsThrottling(counts->type);
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
  Verdict verdict =
      Make(unsent ? PushClass::kRetry : PushClass::kAmbiguous, failure.message, failure.status);
  verdict.whole = true;
  return verdict;
}

}  // namespace

std::string CutMessage(std::string text) {
  if (text.size() <= kErrorMessageBytesMax) return text;
  size_t end = kErrorMessageBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

Received::Received(const net::HttpResult& transport) : result(transport) {
  const auto* response = std::get_if<net::HttpResponse>(&transport);
  if (response != nullptr) answer = ParseAnswer(response->body);
}

Verdict ClassifyField(const OperationBinding& operation, std::string_view key, Received* received) {
  const bool query = operation.kind == OperationKind::kQuery;
  if (const auto* failure = std::get_if<net::HttpFailure>(&received->result)) {
    Verdict verdict = OfFailure(*failure);
    return query ? ForQuery(std::move(verdict), false) : verdict;
  }
  const auto& response = std::get<net::HttpResponse>(received->result);
  GraphqlAnswer* answer = received->answer.has_value() ? &*received->answer : nullptr;
  const Classifier classifier(operation, key, response.status);
  Verdict verdict = response.status == 200 ? classifier.OfAnswer(response, answer)
                                           : classifier.OfStatus(response, answer);
  verdict.retry_after = response.retry_after;
  if (!query) return verdict;
  const bool answered_by_field = !verdict.data.is_null();
  return ForQuery(std::move(verdict), answered_by_field);
}

Verdict Classify(const OperationBinding& operation, const net::HttpResult& result) {
  Received received(result);
  return ClassifyField(operation, operation.field, &received);
}

}  // namespace tideover::appsync
