// Credentials that are renewed by count, one renewal at a time, as the contract asks.
#ifndef TIDEOVER_TESTS_APPSYNC_COUNTED_AUTH_H_
#define TIDEOVER_TESTS_APPSYNC_COUNTED_AUTH_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "appsync/auth.h"
#include "appsync/later.h"

namespace tideover::appsync {

class CountedAuth final : public AuthProvider {
 public:
  explicit CountedAuth(loop::EventLoop& loop) : later_(loop) {}

  void Token(Done done) override {
    later_.Run([this, done = std::move(done)]() mutable {
      if (token.ok()) return done(Header());
      done(token);
    });
  }
  void Refresh(uint64_t generation, Done done) override {
    if (generation != generation_) return Token(std::move(done));
    waiting_.push_back(std::move(done));
    if (waiting_.size() > 1) return;
    ++renewals;
    later_.Run([this] {
      if (renewal.ok()) ++generation_;
      for (Done& waiter : std::exchange(waiting_, {})) {
        if (renewal.ok()) {
          waiter(Header());
        } else {
          waiter(renewal);
        }
      }
    });
  }
  std::optional<Identity> identity() const override { return Identity{}; }

  int renewals = 0;
  // How the next renewals end.
  absl::Status renewal;
  // How the next calls of Token() end.
  absl::Status token;

 private:
  AuthHeader Header() const {
    return {"Authorization", Secret("token-" + std::to_string(generation_)), generation_};
  }

  uint64_t generation_ = 1;
  std::vector<Done> waiting_;
  Later later_;
};

}  // namespace tideover::appsync

#endif  // TIDEOVER_TESTS_APPSYNC_COUNTED_AUTH_H_
