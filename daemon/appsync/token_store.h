// TokenStore: the tokens of whoever is signed in, in one file of mode 0600. A value that knows a
// directory; loop thread.
//
// Save replaces the file atomically and waits for the disk: a refresh token that was rotated is on
// disk before it is used, else a crash would sign the user out. After a crash the file is the old
// one or the new one. Contents: JSON, {"format":1,"user_pool_id":…,"client_id":…,"access":…, …}.
#ifndef TIDEOVER_APPSYNC_TOKEN_STORE_H_
#define TIDEOVER_APPSYNC_TOKEN_STORE_H_

#include <absl/status/statusor.h>

#include <string>

#include "appsync/identity.h"
#include "appsync/secret.h"
#include "base/clock.h"

namespace tideover::appsync {

struct StoredTokens {
  // Tokens of another pool or client are not ours.
  std::string user_pool_id;
  std::string client_id;
  Secret access;
  Secret id;
  Secret refresh;
  // By this machine's clock.
  base::WallTime expires_at;
  base::WallTime refresh_at;
  Identity identity;
  // The pool rotates refresh tokens: only GetTokensFromRefreshToken renews.
  bool rotates = false;
};

class TokenStore {
 public:
  // The directory is made with mode 0700 when something is saved.
  explicit TokenStore(std::string directory);

  // NOT_FOUND: nobody is signed in. PERMISSION_DENIED: others may read the file. DATA_LOSS: it is
  // damaged.
  absl::StatusOr<StoredTokens> Load() const;
  absl::Status Save(const StoredTokens& tokens) const;
  // OK also when there is none.
  absl::Status Remove() const;

 private:
  absl::Status WriteWhole(const std::string& path, const std::string& text) const;
  absl::Status SyncDirectory() const;

  const std::string directory_;
  const std::string path_;
};

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_TOKEN_STORE_H_
