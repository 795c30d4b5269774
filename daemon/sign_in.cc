#include "sign_in.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "base/status_macros.h"

namespace tideover {
namespace {

// How often a flush looks whether the outbox is empty.
constexpr base::Millis kFlushPoll{200};

absl::Status NoUsers() {
  return absl::FailedPreconditionError(
      "the backend is used with an API key: there is nobody to sign in or out");
}

}  // namespace

SignInDesk::SignInDesk(loop::EventLoop& loop, SessionHost& host, appsync::TokenKeeper* keeper)
    : loop_(loop), host_(host), keeper_(keeper), flush_timer_(loop) {}

appsync::TokenKeeper::SignInDone SignInDesk::Finish(SignInGuard answer) {
  return [this, answer = std::move(answer)](
             absl::StatusOr<appsync::TokenKeeper::SignInResult> result) mutable {
    if (!result.ok()) {
      answer(result.status());
      return;
    }
    if (const auto* challenge = std::get_if<appsync::CognitoChallenge>(&*result)) {
      answer(api::SignInAnswer{{}, {challenge->name, challenge->session.Reveal()}});
      return;
    }
    const absl::Status opened = host_.OnSignedIn(std::get<appsync::Identity>(*result));
    if (!opened.ok()) {
      answer(opened);
      return;
    }
    answer(api::SignInAnswer{host_.session()->api().identity, {}});
  };
}

void SignInDesk::SignIn(std::string username, std::string password,
                        absl::AnyInvocable<void(absl::StatusOr<api::SignInAnswer>)> done) {
  loop_.Post([this, username = std::move(username), secret = appsync::Secret(std::move(password)),
              answer = SignInGuard(std::move(done))]() mutable {
    if (keeper_ == nullptr) {
      answer(NoUsers());
    } else {
      keeper_->SignIn(username, secret, Finish(std::move(answer)));
    }
  });
}

void SignInDesk::RespondToChallenge(
    std::string name, std::string session, std::string username, std::string response,
    absl::AnyInvocable<void(absl::StatusOr<api::SignInAnswer>)> done) {
  // The keeper remembers which challenge its session stands for, and whose it is.
  (void)name;
  (void)username;
  loop_.Post([this, session = std::move(session), secret = appsync::Secret(std::move(response)),
              answer = SignInGuard(std::move(done))]() mutable {
    if (keeper_ == nullptr) {
      answer(NoUsers());
    } else {
      keeper_->Respond(session, secret, {}, Finish(std::move(answer)));
    }
  });
}

void SignInDesk::SignOut(api::SignOutMode mode, absl::AnyInvocable<void(absl::Status)> done) {
  loop_.Post([this, mode, answer = SignOutGuard(std::move(done))]() mutable {
    BeginSignOut(mode, std::move(answer));
  });
}

absl::StatusOr<uint64_t> SignInDesk::CountUnsent() {
  ASSIGN_OR_RETURN(const store::ReadTxn txn, host_.session()->api().env->BeginRead());
  return txn.reader().Count(store::Table::kLog);
}

void SignInDesk::BeginSignOut(api::SignOutMode mode, SignOutGuard answer) {
  if (keeper_ == nullptr) {
    answer(NoUsers());
    return;
  }
  if (host_.session() == nullptr) {
    answer(keeper_->SignOut());
    return;
  }
  if (mode == api::SignOutMode::kKeep || mode == api::SignOutMode::kWipe) {
    answer(Leave(mode == api::SignOutMode::kWipe));
    return;
  }
  if (mode == api::SignOutMode::kFlush) {
    Flush(base::Millis(0), std::move(answer));
    return;
  }
  const absl::StatusOr<uint64_t> unsent = CountUnsent();
  if (!unsent.ok()) {
    answer(unsent.status());
  } else if (*unsent > 0) {
    answer(absl::FailedPreconditionError(fmt::format(
        "{} {} not at the server yet: sign out with flush (send first), keep (until this "
        "user returns) or wipe (lose what was not sent)",
        *unsent, *unsent == 1 ? "write is" : "writes are")));
  } else {
    answer(Leave(/*wipe=*/false));
  }
}

void SignInDesk::Flush(base::Millis waited, SignOutGuard answer) {
  const absl::StatusOr<uint64_t> unsent =
      host_.session() == nullptr ? absl::StatusOr<uint64_t>(0) : CountUnsent();
  if (!unsent.ok()) {
    answer(unsent.status());
  } else if (*unsent == 0) {
    answer(Leave(/*wipe=*/false));
  } else if (waited >= kFlushMax) {
    answer(absl::FailedPreconditionError(fmt::format(
        "{} writes could not be sent within {} s: look at `tideover outbox ls`; nobody was signed "
        "out",
        *unsent, kFlushMax.count() / 1000)));
  } else {
    flush_timer_.Start(kFlushPoll, [this, waited, answer = std::move(answer)]() mutable {
      Flush(waited + kFlushPoll, std::move(answer));
    });
  }
}

absl::Status SignInDesk::Leave(bool wipe) {
  RETURN_IF_ERROR(keeper_->SignOut());
  if (host_.session() == nullptr) return absl::OkStatus();
  const std::string path = host_.session()->path();
  host_.EndSession();
  if (!wipe) return absl::OkStatus();
  std::error_code error;
  std::filesystem::remove_all(path, error);
  return error ? absl::InternalError(fmt::format("removing {}: {}", path, error.message()))
               : absl::OkStatus();
}

}  // namespace tideover
