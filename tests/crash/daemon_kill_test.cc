// `kill -9` of the whole daemon, two hundred times, under programs that write to it over gRPC: what
// was answered is in the outbox, once; what was not is there whole or not at all.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "base/random.h"
#include "crash/scale.h"
#include "crash/writers.h"
#include "e2e/daemon_run.h"
#include "e2e/introspect.h"

namespace tideover::crash {
namespace {

constexpr int kKills = 200;
constexpr int kWriters = 4;
// Calls that may be answered between two kills, at most.
constexpr uint64_t kCallsMax = 40;
// One start in so many is killed before it serves.
constexpr uint64_t kEarly = 8;
// The outbox is read whole after so many kills, and at the end.
constexpr int kCheckEvery = 25;

// Nobody answers there; and nobody is asked, for the network is switched off.
e2e::BackendReady Nowhere() {
  e2e::BackendReady nowhere;
  nowhere.graphql_url = "http://127.0.0.1:1/graphql";
  nowhere.api_key = "none";
  return nowhere;
}

// Bound without a schema.
e2e::Settings Unasked() {
  e2e::Settings settings;
  settings.schema = false;
  settings.list = R"({ field = "listTodo", arguments = [], items = "/todoList", )"
                  R"(select = "statusCode todoList { _id content }" })";
  settings.create = R"({ field = "addTodo", arguments = ["content: String!"], )"
                    R"(document = "/todo", select = "statusCode todo { _id content }" })";
  settings.update = R"({ field = "updateTodo", arguments = ["_id: String!", )"
                    R"("content: String!"], select = "statusCode" })";
  settings.remove = R"({ field = "deleteTodo", arguments = ["_id: String!"], )"
                    R"(select = "statusCode" })";
  return settings;
}

class DaemonKill : public testing::Test {
 protected:
  // True when the daemon serves.
  bool Start() {
    if (random_.Below(kEarly) == 0) {
      daemon_.StartOnly();
      if (random_.Below(2) == 0) {
        support::Eventually([this] { return e2e::Accepts(daemon_.socket()); });
      }
      daemon_.Kill();
      ++kills_;
    }
    daemon_.Start();
    return !HasFatalFailure();
  }

  // Of the calls, by what is in the outbox: 0 missing.
  void ExpectNothingMissing(const std::set<int>& answered, int made) {
    std::map<std::string, int> found;
    for (const v1::Mutation& mutation : daemon_.app().Mutations()) ++found[mutation.mutation_id()];
    int missing = 0;
    for (int call = 0; call < made; ++call) {
      const int first = found[Writers::FirstId(call)];
      const int second = found[Writers::SecondId(call)];
      EXPECT_EQ(first, second) << "half of call " << call;
      EXPECT_LE(first, 1) << "call " << call << " twice";
      if (first == 0 && answered.contains(call)) ++missing;
    }
    EXPECT_EQ(missing, 0) << "answered after " << kills_ << " kills, and not in the outbox";
  }

  base::SeededRandom random_{20260730};
  e2e::DaemonRun daemon_{Nowhere(), Unasked()};
  int kills_ = 0;
};

TEST_F(DaemonKill, TwoHundredLoseNothing) {
  const int kills = Scaled(kKills);
  daemon_.Start();
  ASSERT_FALSE(HasFatalFailure());
  daemon_.app().SetNetwork(v1::NETWORK_SETTING_OFFLINE);
  Writers writers(kWriters, daemon_.socket());
  int checked = 0;
  while (kills_ < kills) {
    const size_t until = writers.answered().size() + random_.Below(kCallsMax);
    ASSERT_TRUE(support::Eventually([&] { return writers.answered().size() >= until; }));
    const std::set<int> answered = writers.answered();
    daemon_.Kill();
    ++kills_;
    ASSERT_TRUE(Start());
    if (kills_ - checked >= kCheckEvery) {
      ExpectNothingMissing(answered, writers.made());
      checked = kills_;
    }
    writers.Connect(daemon_.socket());
  }
  writers.Stop();
  ExpectNothingMissing(writers.answered(), writers.made());
  fmt::print("crash: {} kills of the daemon, {} calls answered, 0 missing\n", kills_,
             writers.answered().size());
}

}  // namespace
}  // namespace tideover::crash
