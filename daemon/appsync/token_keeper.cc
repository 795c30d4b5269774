#include "appsync/token_keeper.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "appsync/jwt.h"
#include "base/logging.h"
#include "base/status_macros.h"

namespace tideover::appsync {
namespace {

constexpr char kNewPassword[] = "NEW_PASSWORD_REQUIRED";

base::Millis LifeOf(const CognitoTokens& tokens, const absl::StatusOr<JwtClaims>& claims) {
  if (tokens.expires_in.count() > 0) return tokens.expires_in;
  if (!claims.ok() || claims->issued_at <= 0 || claims->expires_at <= claims->issued_at) {
    return kUnknownLife;
  }
  // By the issuer's clock at both ends, so that ours may be wrong.
  const int64_t seconds = std::min<int64_t>(claims->expires_at - claims->issued_at, 86'400 * 366);
  return base::Millis(seconds * 1000);
}

absl::StatusOr<Identity> IdentityOf(const CognitoTokens& tokens, const std::string& name) {
  ASSIGN_OR_RETURN(const JwtClaims access, ReadJwt(tokens.access.Reveal()));
  if (access.sub.empty()) return absl::UnavailableError("the access token names nobody");
  Identity identity;
  identity.kind = Identity::Kind::kCognito;
  identity.subject = access.sub;
  identity.username = access.username.empty() ? access.sub : access.username;
  const absl::StatusOr<JwtClaims> id = ReadJwt(tokens.id.Reveal());
  identity.display = id.ok() && !id->email.empty() ? id->email : name;
  return identity;
}

}  // namespace

TokenKeeper::TokenKeeper(loop::EventLoop& loop, net::HttpClient& http, const base::Clock& clock,
                         TokenKeeperOptions options)
    : clock_(clock),
      options_(std::move(options)),
      store_(options_.directory),
      later_(loop),
      client_(http, options_.cognito) {}

absl::Status TokenKeeper::Load() {
  absl::StatusOr<StoredTokens> stored = store_.Load();
  if (absl::IsNotFound(stored.status())) return absl::OkStatus();
  RETURN_IF_ERROR(stored.status());
  if (stored->user_pool_id != options_.cognito.user_pool_id ||
      stored->client_id != options_.cognito.client_id) {
    return absl::OkStatus();
  }
  tokens_ = *std::move(stored);
  ++generation_;
  return absl::OkStatus();
}

void TokenKeeper::SignIn(const std::string& username, const Secret& password, SignInDone done) {
  if (username.empty() || password.empty()) {
    later_.Run([done = std::move(done)]() mutable {
      done(absl::InvalidArgumentError("a user name and a password are needed"));
    });
    return;
  }
  client_.SignIn(username, password,
                 [this, username, done = std::move(done)](CognitoAnswer answer) mutable {
                   OnSignedIn(std::move(answer), username, std::move(done));
                 });
}

void TokenKeeper::Respond(const std::string& session, const Secret& answer,
                          const std::map<std::string, std::string>& attributes, SignInDone done) {
  absl::Status refused;
  if (session.empty() || answer.empty()) {
    refused = absl::InvalidArgumentError("a session and an answer are needed");
  } else if (!challenge_.has_value() || challenge_->session.Reveal() != session) {
    refused = absl::UnauthenticatedError("this sign-in is not under way any more: begin again");
  } else if (challenge_->name != kNewPassword) {
    refused = absl::UnimplementedError(
        fmt::format("the user pool asks for {}, which is not supported yet", challenge_->name));
  }
  if (!refused.ok()) {
    later_.Run([refused, done = std::move(done)]() mutable { done(refused); });
    return;
  }
  const CognitoChallenge challenge = *std::exchange(challenge_, std::nullopt);
  client_.RespondNewPassword(
      challenge, answer, attributes,
      [this, name = challenged_name_, done = std::move(done)](CognitoAnswer reply) mutable {
        OnSignedIn(std::move(reply), name, std::move(done));
      });
}

void TokenKeeper::OnSignedIn(CognitoAnswer answer, const std::string& name, SignInDone done) {
  absl::StatusOr<SignInResult> result = TakeSignIn(std::move(answer), name);
  done(std::move(result));
}

absl::StatusOr<TokenKeeper::SignInResult> TokenKeeper::TakeSignIn(CognitoAnswer answer,
                                                                  const std::string& name) {
  RETURN_IF_ERROR(answer.status);
  if (answer.challenge.has_value()) {
    if (answer.challenge->username.empty()) answer.challenge->username = name;
    challenge_ = answer.challenge;
    challenged_name_ = name;
    return *std::move(answer.challenge);
  }
  if (!answer.tokens.has_value()) {
    return absl::UnavailableError("the user pool answered with neither tokens nor a challenge");
  }
  absl::StatusOr<Identity> identity = IdentityOf(*answer.tokens, name);
  if (!identity.ok()) return absl::UnavailableError(std::string(identity.status().message()));
  if (tokens_.has_value() && tokens_->identity.subject != identity->subject) {
    return absl::FailedPreconditionError(
        fmt::format("{} is signed in: sign out first", tokens_->identity.display));
  }
  StoredTokens kept;
  kept.user_pool_id = options_.cognito.user_pool_id;
  kept.client_id = options_.cognito.client_id;
  kept.identity = *identity;
  kept.rotates = options_.renew_by == RenewBy::kGetTokens;
  kept = Renewed(std::move(kept), *answer.tokens);
  RETURN_IF_ERROR(store_.Save(kept));
  Use(std::move(kept));
  ++session_;
  renewing_ = false;
  Finish(absl::OkStatus());
  return *std::move(identity);
}

absl::Status TokenKeeper::SignOut() {
  if (!tokens_.has_value()) return absl::OkStatus();
  RETURN_IF_ERROR(store_.Remove());
  client_.Revoke(tokens_->refresh, [](const CognitoAnswer& answer) {
    if (answer.status.ok()) return;
    base::Log(base::LogLevel::kInfo, "auth", "the session could not be ended at the user pool",
              {{"reason", std::string(answer.status.message())}});
  });
  tokens_.reset();
  ended_ = false;
  ++session_;
  renewing_ = false;
  Finish(absl::UnauthenticatedError("signed out"));
  return absl::OkStatus();
}

void TokenKeeper::Token(Done done) {
  const bool renew = tokens_.has_value() && !ended_ && clock_.Wall() >= tokens_->refresh_at;
  if (renew) {
    waiters_.push_back({std::move(done), true});
    return Renew();
  }
  later_.Run([this, done = std::move(done)]() mutable {
    if (!tokens_.has_value() || ended_) return done(Ended());
    done(Header());
  });
}

void TokenKeeper::Refresh(uint64_t generation, Done done) {
  if (tokens_.has_value() && !ended_ && generation == generation_) {
    waiters_.push_back({std::move(done), false});
    return Renew();
  }
  later_.Run([this, done = std::move(done)]() mutable {
    if (!tokens_.has_value() || ended_) return done(Ended());
    done(Header());
  });
}

std::optional<Identity> TokenKeeper::identity() const {
  if (!tokens_.has_value()) return std::nullopt;
  return tokens_->identity;
}

void TokenKeeper::Renew() {
  if (std::exchange(renewing_, true)) return;
  if (options_.renew_by == RenewBy::kGetTokens || tokens_->rotates) {
    return RenewByGetTokens(absl::OkStatus());
  }
  client_.RefreshByInitiateAuth(tokens_->refresh, [this, session = session_](CognitoAnswer answer) {
    if (session != session_) return;
    const bool refused =
        absl::IsUnauthenticated(answer.status) || absl::IsFailedPrecondition(answer.status);
    if (refused && options_.renew_by == RenewBy::kAuto) {
      return RenewByGetTokens(answer.status);
    }
    OnRenewed(std::move(answer), false);
  });
}

// `before`: how InitiateAuth was refused, which a pool that rotates does to everybody.
void TokenKeeper::RenewByGetTokens(absl::Status before) {
  client_.RefreshByGetTokens(tokens_->refresh, [this, session = session_,
                                                before = std::move(before)](CognitoAnswer answer) {
    if (session != session_) return;
    // Refused both ways, or the second way is not known there: the first refusal counts.
    const bool answered = !answer.error_type.empty();
    if (!answer.status.ok() && answered && !before.ok()) answer.status = before;
    OnRenewed(std::move(answer), true);
  });
}

void TokenKeeper::OnRenewed(CognitoAnswer answer, bool rotates) {
  renewing_ = false;
  absl::Status status = answer.status;
  if (status.ok() && !answer.tokens.has_value()) {
    status = absl::UnavailableError("the user pool answered a renewal without tokens");
  }
  if (status.ok()) {
    StoredTokens kept = Renewed(*tokens_, *answer.tokens);
    kept.rotates = rotates;
    // A token that cannot be kept is still better than one that the pool has replaced.
    if (const absl::Status saved = store_.Save(kept); !saved.ok()) {
      base::Log(base::LogLevel::kError, "auth", "renewed tokens cannot be kept on disk",
                {{"reason", std::string(saved.message())}});
    }
    Use(std::move(kept));
  }
  if (absl::IsUnauthenticated(status)) {
    ended_ = true;
    base::Log(base::LogLevel::kWarning, "auth", "the session has ended: sign in again",
              {{"reason", std::string(status.message())}});
  }
  Finish(status);
}

void TokenKeeper::Finish(const absl::Status& status) {
  // New calls of those who are answered wait for the next renewal.
  std::vector<Waiter> waiters = std::exchange(waiters_, {});
  for (Waiter& waiter : waiters) {
    later_.Run([this, status, waiter = std::move(waiter)]() mutable {
      if (!tokens_.has_value() || ended_) return waiter.done(Ended());
      const bool lasts = waiter.old_will_do && clock_.Wall() < tokens_->expires_at;
      if (status.ok() || lasts) return waiter.done(Header());
      waiter.done(status);
    });
  }
}

StoredTokens TokenKeeper::Renewed(StoredTokens kept, const CognitoTokens& tokens) const {
  const base::Millis life = LifeOf(tokens, ReadJwt(tokens.access.Reveal()));
  kept.access = tokens.access;
  if (!tokens.id.empty()) kept.id = tokens.id;
  if (!tokens.refresh.empty()) kept.refresh = tokens.refresh;
  kept.expires_at = {clock_.Wall().ms + life.count()};
  kept.refresh_at = {kept.expires_at.ms - std::min(kRenewBefore, life / 2).count()};
  return kept;
}

void TokenKeeper::Use(StoredTokens tokens) {
  tokens_ = std::move(tokens);
  ended_ = false;
  ++generation_;
}

AuthHeader TokenKeeper::Header() const {
  return AuthHeader{"Authorization", tokens_->access, generation_};
}

absl::Status TokenKeeper::Ended() const {
  if (!tokens_.has_value()) return absl::UnauthenticatedError("nobody is signed in");
  return absl::UnauthenticatedError(
      fmt::format("the session of {} has ended: sign in again", tokens_->identity.display));
}

}  // namespace tideover::appsync
