// AnswerGuard: sees to it that a callback is called exactly once, also when what would have called
// it is destroyed first: then with UNAVAILABLE. A value that is moved; whoever holds it last
// answers.
#ifndef TIDEOVER_ANSWER_GUARD_H_
#define TIDEOVER_ANSWER_GUARD_H_

#include <absl/functional/any_invocable.h>
#include <absl/status/statusor.h>

#include <memory>
#include <utility>

namespace tideover {

// Answer is absl::Status or an absl::StatusOr.
template <typename Answer>
class AnswerGuard {
 public:
  explicit AnswerGuard(absl::AnyInvocable<void(Answer)> done)
      : done_(std::make_unique<absl::AnyInvocable<void(Answer)>>(std::move(done))) {}
  AnswerGuard(AnswerGuard&&) noexcept = default;
  AnswerGuard& operator=(AnswerGuard&&) = delete;
  ~AnswerGuard() {
    if (done_ != nullptr) {
      (*this)(Answer(absl::UnavailableError("the daemon is stopping, or the session has ended")));
    }
  }

  void operator()(Answer answer) {
    const auto done = std::move(done_);
    (*done)(std::move(answer));
  }

 private:
  std::unique_ptr<absl::AnyInvocable<void(Answer)>> done_;
};

}  // namespace tideover

#endif  // TIDEOVER_ANSWER_GUARD_H_
