// Session: everything of one identity that the API serves from, and the ports through which it asks
// the rest of the daemon for things. Session is a value of pointers; the daemon owns what they
// point to and keeps it alive while anybody holds the shared_ptr. SessionSource and the ports are
// implemented by the daemon; their methods may be called from any thread and every `done` is called
// exactly once, from any thread.
#ifndef TIDEOVER_API_SESSION_H_
#define TIDEOVER_API_SESSION_H_

#include <absl/functional/any_invocable.h>
#include <absl/status/statusor.h>

#include <memory>
#include <string>

#include "base/clock.h"
#include "doors/doors.h"
#include "doors/writer.h"
#include "store/env.h"
#include "sync/status_board.h"
#include "view/change_feed.h"

namespace tideover::api {

// Who the data belongs to.
struct Identity {
  std::string kind;      // "api_key" or "cognito"
  std::string subject;   // Stable id: the JWT's sub; the backend's name for an API key.
  std::string username;  // For people.
};

struct Session {
  Identity identity;
  store::Env* env = nullptr;
  doors::Doors* doors = nullptr;  // Catalog, rules, device id: read-only here.
  doors::Writer* writer = nullptr;
  view::ChangeFeed* feed = nullptr;
  sync::StatusBoard* board = nullptr;
};

// What the operator may ask of the engine of the current session.
class EnginePort {
 public:
  virtual ~EnginePort() = default;
  virtual void SetNetwork(sync::NetworkSetting setting) = 0;
  // Lists the collection ("": all) now; `done` when the lists are applied or have failed.
  virtual void SyncNow(std::string collection, absl::AnyInvocable<void(absl::Status)> done) = 0;
  // Somebody reads the collection: list it if what is here is older than its stale time.
  virtual void Touch(const std::string& collection) = 0;
  // What is here of the collection is stale: the next Touch lists it.
  virtual void Invalidate(const std::string& collection) = 0;
};

struct SignInChallenge {
  std::string name;     // e.g. "NEW_PASSWORD_REQUIRED"; empty: signed in.
  std::string session;  // To be given back with the answer.
};

struct SignInAnswer {
  Identity identity;
  SignInChallenge challenge;
};

enum class SignOutMode { kRefuseIfUnsent, kFlush, kKeep, kWipe };

class AuthPort {
 public:
  virtual ~AuthPort() = default;
  virtual void SignIn(std::string username, std::string password,
                      absl::AnyInvocable<void(absl::StatusOr<SignInAnswer>)> done) = 0;
  virtual void RespondToChallenge(std::string name, std::string session, std::string username,
                                  std::string response,
                                  absl::AnyInvocable<void(absl::StatusOr<SignInAnswer>)> done) = 0;
  virtual void SignOut(SignOutMode mode, absl::AnyInvocable<void(absl::Status)> done) = 0;
};

// Facts about the daemon that GetStatus tells.
struct DaemonFacts {
  std::string version;
  base::MonoTime started;
  std::string state_dir;
  std::string backend_url;
};

class SessionSource {
 public:
  virtual ~SessionSource() = default;
  // The present session; nullptr when nobody is signed in (UNAUTHENTICATED).
  virtual std::shared_ptr<const Session> Current() = 0;
  virtual EnginePort& engine() = 0;
  virtual AuthPort& auth() = 0;
  virtual const DaemonFacts& facts() = 0;
};

}  // namespace tideover::api

#endif  // TIDEOVER_API_SESSION_H_
