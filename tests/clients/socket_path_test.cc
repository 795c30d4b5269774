#include "tideover/client/socket_path.h"

#include <gtest/gtest.h>

#include <map>

namespace tideover::client {
namespace {

Variables Only(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const char* name) -> std::optional<std::string> {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

TEST(SocketPath, TakesTheExplicitPathFirst) {
  EXPECT_EQ(ResolveSocketPath("/a", Only({{"TIDEOVER_SOCKET", "/b"}})), "/a");
}

TEST(SocketPath, TakesTheVariableBeforeTheRuntimeDirectory) {
  EXPECT_EQ(ResolveSocketPath("", Only({{"TIDEOVER_SOCKET", "/b"}, {"XDG_RUNTIME_DIR", "/c"}})),
            "/b");
  EXPECT_EQ(ResolveSocketPath("", Only({{"TIDEOVER_SOCKET", ""}, {"XDG_RUNTIME_DIR", "/c"}})),
            "/c/tideover/tideover.sock");
}

TEST(SocketPath, NeverLooksInTmp) {
  const std::string path = ResolveSocketPath("", Only({{"HOME", "/home/x"}, {"TMPDIR", "/tmp"}}));
  EXPECT_TRUE(path.starts_with("/run/user/") ||
              path == "/home/x/.local/state/tideover/tideover.sock")
      << path;
}

TEST(SocketPath, EscapesWhatAUriForbids) {
  EXPECT_EQ(SocketTarget("/run/a b%?#/s"), "unix:/run/a%20b%25%3F%23/s");
}

}  // namespace
}  // namespace tideover::client
