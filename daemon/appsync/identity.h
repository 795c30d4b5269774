// Identity: who is signed in. A value. Every log and every cache belongs to exactly one, so that
// nothing of one person is ever readable or sendable under another.
#ifndef TIDEOVER_APPSYNC_IDENTITY_H_
#define TIDEOVER_APPSYNC_IDENTITY_H_

#include <string>

namespace tideover::appsync {

struct Identity {
  enum class Kind { kApiKey, kCognito };
  Kind kind = Kind::kApiKey;
  // Names the identity for ever: the user pool's `sub`; "api-key" for whoever holds the key, since
  // keys are replaced and the documents stay.
  std::string subject;
  // The user pool's name for the user; may be the subject again.
  std::string username;
  // For people: an e-mail address where one is known.
  std::string display;

  bool operator==(const Identity&) const = default;
};

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_IDENTITY_H_
