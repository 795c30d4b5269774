#include "api/listener.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

#include "support/loop_runner.h"
#include "support/temp_dir.h"

namespace tideover::api {
namespace {

class ListenerTest : public testing::Test {
 protected:
  ~ListenerTest() override {
    for (const int fd : admitted_) close(fd);
    if (client_ >= 0) close(client_);
  }

  absl::Status Listen(std::vector<uid_t> allowed_uids = {}, int activation_fd = -1) {
    auto listener = Listener::Create(
        loop_,
        {.path = path_, .activation_fd = activation_fd, .allowed_uids = std::move(allowed_uids)},
        [this](int fd) { admitted_.push_back(fd); });
    if (listener.ok()) listener_ = *std::move(listener);
    return listener.status();
  }

  sockaddr_un Address() const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    return address;
  }

  void Connect() {
    client_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const sockaddr_un address = Address();
    ASSERT_EQ(connect(client_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }

  // The other end has closed it.
  bool HungUp() const {
    char byte = 0;
    const ssize_t count = recv(client_, &byte, 1, 0);
    return count == 0 || (count < 0 && errno == ECONNRESET);
  }

  support::TempDir directory_;
  const std::string path_ = directory_.path() + "/run/tideover.sock";
  loop::EventLoop loop_;
  std::vector<int> admitted_;
  std::unique_ptr<Listener> listener_;
  int client_ = -1;
};

TEST_F(ListenerTest, LetsItsOwnUserIn) {
  ASSERT_TRUE(Listen().ok());
  Connect();
  EXPECT_TRUE(support::RunUntil(loop_, [this] { return admitted_.size() == 1; }));
  EXPECT_FALSE(HungUp());
}

TEST_F(ListenerTest, HangsUpOnAnotherUserWhoseBytesNobodyReads) {
  ASSERT_TRUE(Listen({geteuid() + 1}).ok());
  Connect();
  ASSERT_EQ(send(client_, "PRI", 3, MSG_NOSIGNAL), 3);
  EXPECT_TRUE(support::RunUntil(loop_, [this] { return HungUp(); }));
  EXPECT_TRUE(admitted_.empty());
}

TEST_F(ListenerTest, TakesTheSocketOfAServiceManagerAndLeavesItsFile) {
  ASSERT_EQ(mkdir((directory_.path() + "/run").c_str(), 0700), 0);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const sockaddr_un address = Address();
  ASSERT_EQ(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_FALSE(Listen({}, fd).ok()) << "it does not listen yet";
  ASSERT_EQ(listen(fd, 1), 0);
  ASSERT_TRUE(Listen({}, fd).ok());
  Connect();
  EXPECT_TRUE(support::RunUntil(loop_, [this] { return admitted_.size() == 1; }));
  listener_.reset();
  EXPECT_EQ(access(path_.c_str(), F_OK), 0);
}

TEST_F(ListenerTest, TakesNobodysPlace) {
  ASSERT_EQ(mkdir((directory_.path() + "/run").c_str(), 0700), 0);
  std::ofstream(path_) << "a letter";
  EXPECT_EQ(Listen().code(), absl::StatusCode::kFailedPrecondition) << "no socket";
  ASSERT_EQ(unlink(path_.c_str()), 0);
  ASSERT_EQ(chmod((directory_.path() + "/run").c_str(), 0777), 0);
  EXPECT_EQ(Listen().code(), absl::StatusCode::kFailedPrecondition) << "anybody may enter";
  ASSERT_EQ(chmod((directory_.path() + "/run").c_str(), 0700), 0);
  ASSERT_TRUE(Listen().ok());
  EXPECT_EQ(Listen().code(), absl::StatusCode::kAlreadyExists) << "somebody listens there";
}

}  // namespace
}  // namespace tideover::api
