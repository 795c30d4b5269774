// `kill -9` in the middle of writing, again and again: what was answered is there, once.
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>

#include "e2e/e2e_test.h"

namespace tideover::e2e {
namespace {

constexpr int kWriters = 4;
constexpr std::chrono::seconds kDrainLimit{60};

// Programs that write to-dos numbered from 0, each until it is answered, with the same mutation id
// for every repetition, as a careful program does; while the test kills and starts the daemon.
class Writers {
 public:
  Writers(int count, const std::string& socket) : count_(count) {
    Connect(socket);
    for (int i = 0; i < kWriters; ++i) threads_.emplace_back([this] { Write(); });
  }
  ~Writers() { Join(); }

  static std::string Content(int number) { return "todo " + std::to_string(number); }

  int answered() const { return answered_; }

  // The daemon is back.
  void Connect(const std::string& socket) {
    const std::lock_guard<std::mutex> lock(mutex_);
    app_ = std::make_shared<App>(socket);
    ++generation_;
    back_.notify_all();
  }

  void Join() {
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }

 private:
  void Write() {
    for (int number = 0; (number = next_++) < count_;) {
      while (!TryOnce(number)) {
      }
      ++answered_;
    }
  }

  // False when the daemon went away meanwhile and is back now.
  bool TryOnce(int number) {
    std::unique_lock<std::mutex> lock(mutex_);
    const std::shared_ptr<App> app = app_;
    const int generation = generation_;
    lock.unlock();
    v1::MutateRequest request;
    *request.add_operations() = CreateOf(Content(number), "writer-" + std::to_string(number));
    v1::MutateResponse response;
    const grpc::Status status = app->TryMutate(request, &response);
    if (status.ok()) return true;
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE) << status.error_message();
    lock.lock();
    EXPECT_TRUE(back_.wait_for(lock, support::kPatience, [&] { return generation_ > generation; }));
    return false;
  }

  const int count_;
  std::atomic<int> next_{0};
  std::atomic<int> answered_{0};
  // Guards what follows.
  std::mutex mutex_;
  std::condition_variable back_;
  std::shared_ptr<App> app_;
  int generation_ = 0;
  std::vector<std::thread> threads_;
};

class KillTest : public E2eTest {
 protected:
  static std::vector<std::string> AllContents(int count) {
    std::vector<std::string> contents;
    for (int i = 0; i < count; ++i) contents.push_back(Writers::Content(i));
    std::sort(contents.begin(), contents.end());
    return contents;
  }

  // Kills the daemon `kills` times, evenly over `count` writes but never at the same point.
  void WriteThroughKills(int count, int kills) {
    std::mt19937 random(20260730);
    Writers writers(count, daemon().socket());
    for (int i = 0; i < kills; ++i) {
      const int spread = count / (kills + 1);
      const int point = i * spread + static_cast<int>(random() % static_cast<unsigned>(spread));
      EXPECT_TRUE(Eventually([&] { return writers.answered() >= point; }));
      daemon().Kill();
      daemon().Start();
      writers.Connect(daemon().socket());
    }
    writers.Join();
  }
};

TEST_F(KillTest, NoAnsweredWriteIsMissingAfterTwentyKills) {
  constexpr int kCount = 1000;
  StartDaemon();
  app().SetNetwork(v1::NETWORK_SETTING_OFFLINE);
  WriteThroughKills(kCount, 20);
  EXPECT_EQ(app().Contents(), AllContents(kCount)) << "all are in the view, none twice";
  EXPECT_EQ(app().Mutations().size(), size_t{kCount});

  app().SetNetwork(v1::NETWORK_SETTING_AUTO);
  app().WaitForOutboxEmpty(kDrainLimit);
  EXPECT_EQ(backend().Contents(), AllContents(kCount)) << "nothing was ambiguous: none twice";
}

TEST_F(KillTest, KillsWhileSendingLoseAndDuplicateNothingWithVerify) {
  constexpr int kCount = 300;
  StartDaemon();
  backend().AddFault(R"({"kind":"delay","operation":"addTodo","ms":20})");
  WriteThroughKills(kCount, 12);
  app().WaitForOutboxEmpty(kDrainLimit);
  EXPECT_EQ(backend().Contents(), AllContents(kCount));
  ExpectInView(AllContents(kCount));
}

}  // namespace
}  // namespace tideover::e2e
