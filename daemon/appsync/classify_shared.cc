#include "appsync/classify_shared.h"

#include <algorithm>

namespace tideover::appsync {
namespace {

using sync::PushClass;

// Refused for its size or its contents, by whoever answered.
bool IsRefusal(const Verdict& verdict) {
  const uint32_t status = verdict.error.http_status;
  return verdict.outcome == PushClass::kRejected ||
         (verdict.outcome == PushClass::kRetry &&
          (status == 400 || status == 403 || status == 413));
}

// `executed`: some field of the answer has a value.
void JudgeWhole(bool executed, bool cut, Verdict* verdict) {
  const PushClass said = verdict->outcome;
  if (executed || said == PushClass::kConflict || said == PushClass::kConfirmed) {
    verdict->outcome = PushClass::kAmbiguous;
    verdict->conflicting.reset();
  } else if (IsRefusal(*verdict)) {
    verdict->outcome = PushClass::kRetry;
    verdict->alone = true;
  }
  if (cut) verdict->alone = true;
}

// A response had begun.
bool IsCut(const net::HttpResult& result) {
  const auto* failure = std::get_if<net::HttpFailure>(&result);
  return failure != nullptr && failure->status != 0;
}

}  // namespace

std::vector<Verdict> ClassifyShared(std::span<const Call> calls, const net::HttpResult& result) {
  Received received(result);
  std::vector<Verdict> verdicts;
  verdicts.reserve(calls.size());
  for (size_t i = 0; i < calls.size(); ++i) {
    verdicts.push_back(ClassifyField(*calls[i].operation, ResponseKey(calls, i), &received));
  }
  if (calls.size() < 2 && !calls[0].several) return verdicts;
  const bool executed = std::any_of(verdicts.begin(), verdicts.end(),
                                    [](const Verdict& verdict) { return !verdict.data.is_null(); });
  for (size_t i = 0; i < calls.size(); ++i) {
    Verdict& verdict = verdicts[i];
    if (verdict.whole) {
      JudgeWhole(executed, IsCut(result), &verdict);
    } else if (calls[i].several && verdict.outcome != PushClass::kConfirmed) {
      JudgeWhole(!verdict.data.is_null(), /*cut=*/false, &verdict);
    }
  }
  return verdicts;
}

}  // namespace tideover::appsync
