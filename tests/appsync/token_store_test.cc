#include "appsync/token_store.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "appsync/appsync_fixture.h"
#include "appsync/jwt.h"

namespace tideover::appsync {
namespace {

class TokenStoreTest : public AppsyncTest {
 protected:
  std::string file() const { return directory_ + "/auth/tokens.json"; }

  static StoredTokens Tokens() {
    StoredTokens tokens;
    tokens.user_pool_id = "pool";
    tokens.client_id = "client";
    tokens.access = Secret("a.b.c");
    tokens.refresh = Secret("r");
    tokens.expires_at = {123};
    tokens.refresh_at = {100};
    tokens.identity = {Identity::Kind::kCognito, "sub-1", "ann", "ann@example.com"};
    tokens.rotates = true;
    return tokens;
  }

  const TokenStore store_{directory_ + "/auth"};
};

TEST_F(TokenStoreTest, KeepsTokensInAFileOfItsUserAlone) {
  EXPECT_EQ(store_.Load().status().code(), absl::StatusCode::kNotFound);
  ASSERT_TRUE(store_.Save(Tokens()).ok());
  ASSERT_TRUE(store_.Save(Tokens()).ok()) << "again, over the first";
  struct stat info = {};
  ASSERT_EQ(::stat(file().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  ASSERT_EQ(::stat((directory_ + "/auth").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
  const auto loaded = store_.Load();
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->access.Reveal(), "a.b.c");
  EXPECT_EQ(loaded->refresh.Reveal(), "r");
  EXPECT_EQ(loaded->expires_at.ms, 123);
  EXPECT_EQ(loaded->identity, Tokens().identity);
  EXPECT_TRUE(loaded->rotates);
}

TEST_F(TokenStoreTest, RemovesTheFile) {
  ASSERT_TRUE(store_.Save(Tokens()).ok());
  EXPECT_TRUE(store_.Remove().ok());
  EXPECT_FALSE(std::filesystem::exists(file()));
  EXPECT_TRUE(store_.Remove().ok()) << "may be repeated";
}

TEST_F(TokenStoreTest, RefusesAFileThatOthersMayRead) {
  ASSERT_TRUE(store_.Save(Tokens()).ok());
  ::chmod(file().c_str(), 0640);
  EXPECT_EQ(store_.Load().status().code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(TokenStoreTest, SaysThatADamagedFileIsDamaged) {
  ASSERT_TRUE(store_.Save(Tokens()).ok());
  std::ofstream(file(), std::ios::trunc) << "{\"format\":1";
  EXPECT_EQ(store_.Load().status().code(), absl::StatusCode::kDataLoss);
}

TEST(Jwt, ReadsItsClaims) {
  const auto claims = ReadJwt(Jwt("sub-1", 300));
  ASSERT_TRUE(claims.ok()) << claims.status();
  EXPECT_EQ(claims->sub, "sub-1");
  EXPECT_EQ(claims->email, "sub-1@example.com");
  EXPECT_EQ(claims->expires_at - claims->issued_at, 300);
}

TEST(Jwt, RefusesWhatIsNone) {
  for (const char* text : {"", "a.b", "..", "a.!!.c", "a.e30x.c", "a.W10.c"}) {
    EXPECT_EQ(ReadJwt(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
  const std::string token = Jwt("sub-1");
  const std::string longest = token + std::string(kJwtBytesMax - token.size(), 'A');
  EXPECT_TRUE(ReadJwt(longest).ok());
  EXPECT_FALSE(ReadJwt(longest + "A").ok());
}

}  // namespace
}  // namespace tideover::appsync
