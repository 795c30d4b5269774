// A name whose look-up takes for ever holds up nothing but what waits for it. This binary has a
// getaddrinfo of its own, which hangs for one name and is the system's for all others.
#include <dlfcn.h>
#include <netdb.h>

#include <condition_variable>
#include <mutex>

#include "net/net_fixture.h"
#include "net/web_socket.h"

namespace {

constexpr std::string_view kSlowName = "slow.invalid";

constexpr std::chrono::seconds kPatience{20};

// Where the look-up of that name hangs, one in each test.
class Resolver {
 public:
  // Until Release(). The limit only turns a hang into a failure.
  void Hang() {
    std::unique_lock lock(mutex_);
    begun_ = true;
    changed_.notify_all();
    changed_.wait_for(lock, kPatience, [this] { return released_; });
    answered_ = true;
    changed_.notify_all();
  }
  // Returns when the look-up has been answered.
  void Release() {
    std::unique_lock lock(mutex_);
    released_ = true;
    changed_.notify_all();
    EXPECT_TRUE(changed_.wait_for(lock, kPatience, [this] { return answered_; }));
    begun_ = released_ = answered_ = false;
  }
  bool has_begun() {
    std::lock_guard lock(mutex_);
    return begun_;
  }
  bool has_answered() {
    std::lock_guard lock(mutex_);
    return answered_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool begun_ = false;
  bool released_ = false;
  bool answered_ = false;
};

Resolver& TheResolver() {
  static auto* const resolver = new Resolver;
  return *resolver;
}

}  // namespace

extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints,
                           addrinfo** found) {
  using Function = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  static const auto systems = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "getaddrinfo"));
  if (node == nullptr || node != kSlowName) return systems(node, service, hints, found);
  TheResolver().Hang();
  return EAI_AGAIN;
}

namespace tideover::net {
namespace {

constexpr base::Millis kTimeout{50};

class SlowNameTest : public NetTest {
 protected:
  ~SlowNameTest() override { TheResolver().Release(); }
};

TEST_F(SlowNameTest, ARequestIsGivenUpInTime) {
  HttpResult result = Fetch({.url = "https://slow.invalid/", .timeout = kTimeout});
  EXPECT_FALSE(TheResolver().has_answered());
  EXPECT_EQ(FailureOf(result).delivery, Delivery::kNotSent);
}

TEST_F(SlowNameTest, ARequestIsCancelledAtOnce) {
  auto transfer = client().Start({.url = "https://slow.invalid/"}, [](HttpResult) {});
  EXPECT_TRUE(support::RunUntil(loop_, [] { return TheResolver().has_begun(); }));
  transfer.reset();
  client_.reset();
  EXPECT_FALSE(TheResolver().has_answered());
}

TEST_F(SlowNameTest, AWebSocketIsGivenUpInTime) {
  std::optional<WebSocketEvent> event;
  WebSocket socket(loop_, options_, {.url = "wss://slow.invalid/", .open_timeout = kTimeout},
                   [&event](WebSocketEvent happened) { event = std::move(happened); });
  EXPECT_TRUE(support::RunUntil(loop_, [&event] { return event.has_value(); }));
  EXPECT_FALSE(TheResolver().has_answered());
  EXPECT_TRUE(std::holds_alternative<WebSocketEnded>(*event));
}

}  // namespace
}  // namespace tideover::net
