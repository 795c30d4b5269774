// No flicker: a watcher is told of a document exactly when what apps see of it changed, and what
// apps see is at any time what they wrote on top of the newest thing that the server said: never an
// older state come back. Own writes, refusals, confirmations, stale lists and stale messages of the
// server are interleaved.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "support/store_fixture.h"

namespace tideover::doors {
namespace {

using log::PushState;
using support::Create;
using support::Json;
using support::Update;

class Flicker : public support::DoorsFixture {
 protected:
  Flicker() {
    rules_["notes"].version_field = "_version";
    rules_["notes"].conflict = ConflictMode::kMerge;
    Reopen();
  }

  // The server's document is {"n":<version>} and whatever of ours it has taken.
  std::string Server(int64_t version) const {
    return R"({"id":"x","n":)" + std::to_string(version) + R"(,"_version":)" +
           std::to_string(version) + "}";
  }
  Told Tells(const std::string& document) const { return {IdOf("notes"), Json(document)}; }
  // Runs one request; what is announced must be what changed.
  void Step(Request request) {
    const std::string before = View("notes", "x");
    RunTurn({std::move(request)});
    const std::string after = View("notes", "x");
    std::set<std::string> told;
    for (const view::Change& change : notice().changes) told.insert(change.id);
    EXPECT_EQ(told, before == after ? std::set<std::string>() : std::set<std::string>{"x"})
        << before << " -> " << after;
  }
};

TEST_F(Flicker, AStaleListDoesNotTakeAConfirmedWriteBack) {
  Step(MergeRequest{{ListOf("notes", {Server(1)})}});
  const uint64_t seq = MustCommit({Update("notes", "x", R"({"a":1})")}).operations[0].seq;
  const std::string ours = View("notes", "x");
  const List stale = ListOf("notes", {Server(1)});
  Step(MergeRequest{{Sent{seq}}});
  Step(MergeRequest{{stale}});
  EXPECT_EQ(View("notes", "x"), ours);
  Step(MergeRequest{{Confirmed{seq, Json(R"({"id":"x","n":1,"a":1,"_version":2})"), {}}}});
  EXPECT_EQ(View("notes", "x"), ours);
  Step(MergeRequest{{stale}});
  Step(MergeRequest{{ListOf("notes", {Server(1)})}});
  EXPECT_EQ(View("notes", "x"), ours) << "also when the list was asked for later";
}

TEST_F(Flicker, AStaleMessageDoesNotTakeAConfirmedWriteBack) {
  Step(MergeRequest{{ListOf("notes", {Server(1)})}});
  const uint64_t seq = MustCommit({Update("notes", "x", R"({"a":1})")}).operations[0].seq;
  const std::string ours = View("notes", "x");
  Step(MergeRequest{{Sent{seq}}});
  // The server tells its watchers before it answers: ours is in it, or not.
  Step(MergeRequest{{Tells(Server(1))}});
  EXPECT_EQ(View("notes", "x"), ours);
  Step(MergeRequest{{Tells(R"({"id":"x","n":1,"a":1,"_version":2})")}});
  EXPECT_EQ(View("notes", "x"), ours);
  Step(MergeRequest{{Confirmed{seq, Json(R"({"id":"x","n":1,"a":1,"_version":2})"), {}}}});
  EXPECT_EQ(View("notes", "x"), ours);
  Step(MergeRequest{{Tells(Server(1))}});
  EXPECT_EQ(View("notes", "x"), ours);
}

TEST_F(Flicker, AStaleMessageDoesNotBringADeletedDocumentBack) {
  Step(MergeRequest{{ListOf("notes", {Server(1)})}});
  const uint64_t seq = MustCommit({support::Delete("notes", "x")}).operations[0].seq;
  Step(MergeRequest{{Sent{seq}}});
  Step(MergeRequest{{Tells(Server(2))}});
  EXPECT_EQ(View("notes", "x"), "-");
  Step(MergeRequest{{Confirmed{seq, {}, {}}}});
  Step(MergeRequest{{Tells(Server(2))}});
  EXPECT_EQ(View("notes", "x"), "-");
  Step(MergeRequest{{ListOf("notes", {})}});
  Step(MergeRequest{{Tells(Server(2))}});
  EXPECT_EQ(View("notes", "x"), "-") << "also when nothing is remembered of it any more";
}

TEST_F(Flicker, IsNowhereInRandomInterleavings) {
  base::SeededRandom dice(11);
  Step(MergeRequest{{ListOf("notes", {Server(1)})}});
  int64_t version = 1;
  int64_t shown = 1;
  for (int step = 0; step < 3000 && !HasFailure(); ++step) {
    const uint64_t last = Counters().last_seq();
    const uint64_t seq = last == 0 ? 0 : last - dice.Below(std::min<uint64_t>(last, 4));
    const auto entry = Pending(seq);
    const auto any_version = [&] {
      return 1 + static_cast<int64_t>(dice.Below(static_cast<uint64_t>(version)));
    };
    switch (dice.Below(9)) {
      case 0:
      case 1: {
        const std::string patch =
            R"({"a)" + std::to_string(dice.Below(3)) + R"(":)" + std::to_string(step) + "}";
        Step(Ask({Update("notes", "x", patch)}));
        break;
      }
      case 2:
        // Any version that ever was, in any order.
        Step(MergeRequest{{ListOf("notes", {Server(any_version())})}});
        break;
      case 3:
        Step(MergeRequest{{ListOf("notes", {Server(++version)})}});
        shown = version;
        break;
      case 4:
        Step(MergeRequest{{Tells(Server(any_version()))}});
        break;
      case 5:
        Step(MergeRequest{{Tells(Server(++version))}});
        shown = version;
        break;
      case 6:
        Step(MergeRequest{{Sent{seq}, Rejected{seq, {}, {}}}});
        break;
      case 7:
        Step(MergeRequest{{Sent{seq}, Deferred{seq, {}, dice.Below(2) == 0, PushState::NONE}}});
        break;
      default: {
        if (!entry.has_value() || Lane("notes", "x").front() != seq) break;
        json::Value document = Json(Server(++version));
        shown = version;
        json::MergePatch(&document, Json(entry->mutation().json()));
        Step(MergeRequest{{Sent{seq}, Confirmed{seq, std::move(document), {}}}});
      }
    }
    const auto view = json::Parse(View("notes", "x"));
    ASSERT_TRUE(view.ok());
    EXPECT_EQ(view->Find("n")->AsInt64(), shown) << "an older state came back";
  }
}

}  // namespace
}  // namespace tideover::doors
