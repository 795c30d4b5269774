// Changes that the backend tells by itself, end to end: what others write appears without a list,
// what comes late does no harm, and a connection that was lost is made anew.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "e2e/app.h"
#include "e2e/daemon_run.h"
#include "e2e/e2e_test.h"
#include "e2e/versioned.h"
#include "support/eventually.h"
#include "support/http_call.h"
#include "support/process.h"

namespace tideover::e2e {
namespace {

// Lists are asked for when something calls for one, and never because time has passed.
std::string ConfigOf(const std::string& url) {
  return VersionedConfig(url, fmt::format(R"(
stale_time = "1h"
refetch_on_settle = false
subscriptions = [
  {{ field = "onAddTodo", document = "", select = "{0}" }},
  {{ field = "onUpdateTodo", document = "", select = "{0}" }},
  {{ field = "onDeleteTodo", document = "", select = "{0}", deletes = true }},
]
)",
                                          kVersionedMembers));
}

// The backend has two to-dos, "a" and "b", of which others change the first.
class LiveTest : public testing::Test {
 protected:
  static constexpr int64_t kSubscriptions = 3;

  void SetUp() override {
    const auto url = backend_.WaitForLine("READY ");
    ASSERT_TRUE(url.has_value()) << backend_.err();
    url_ = *url;
    for (const char* id : {"a", "b"}) {
      Call(fmt::format(R"(addTodo(_id: "{}", content: "milk", note: "n", count: 1))", id));
    }
    daemon_.WriteText(ConfigOf(url_));
    daemon_.Start();
    WaitUntilLive();
  }
  void TearDown() override {
    if (HasFailure()) ADD_FAILURE() << "what the daemon said:\n" << daemon_.process().err();
    backend_.Kill();
  }

  App& app() { return daemon_.app(); }

  std::string Door(const std::string& door, const std::string& body = "{}") {
    std::string url = url_;
    url.replace(url.find("/graphql"), std::string::npos, door);
    const support::HttpAnswer answer = support::HttpCall("POST", url, body);
    EXPECT_EQ(answer.status, 200) << door;
    return answer.body;
  }
  int64_t Count(const char* of) {
    const auto counts = json::Parse(Door("/counts"));
    return counts.ok() ? counts->Find(of)->AsInt64().value_or(-1) : -1;
  }
  void WaitForContent(const std::string& id, const std::string& content) {
    EXPECT_TRUE(Eventually([&] { return app().ContentAt(id) == content; }))
        << id << " is " << app().ContentAt(id) << ", not " << content;
  }
  // Changes of "b" are told, and no list is due any more.
  void WaitUntilLive() {
    EXPECT_TRUE(Eventually([&] { return Count("subscriptions") == kSubscriptions; }));
    EXPECT_TRUE(Eventually([&] {
      app().Sync();
      const int64_t lists = Count("lists");
      Update("b", fmt::format("change {}", ++changes_));
      WaitForContent("b", fmt::format("change {}", changes_));
      return Count("lists") == lists;
    }));
    // What was due since it is live.
    app().Sync();
  }

  // What another client does.
  void Call(const std::string& fields) {
    json::Value body = json::Value::Object();
    body.Set("query", json::Value::String("mutation { " + fields + " }"));
    Door("/graphql", json::Write(body));
  }
  void Update(const std::string& id, const std::string& content) {
    Call(fmt::format(R"(updateTodo(_id: "{}", content: "{}"))", id, content));
  }
  // A message of the backend's about "a" that no write made.
  void Tell(const std::string& content, const std::string& note, int version) {
    Door("/tell", fmt::format(R"({{"field":"onUpdateTodo","todo":{{"_id":"a","content":{},)"
                              R"("note":{},"count":1,"_version":{},"_lastChangedAt":1,)"
                              R"("_deleted":null}}}})",
                              content, note, version));
  }

  support::Process backend_{
      support::ProcessOptions{.words = {"node", TIDEOVER_E2E_DIR "/versioned.mjs"}}};
  std::string url_;
  int changes_ = 0;
  DaemonRun daemon_{BackendReady()};
};

TEST_F(LiveTest, WhatOthersChangeAppearsWithoutAList) {
  const int64_t lists = Count("lists");
  Update("a", "oat milk");
  WaitForContent("a", "oat milk");
  Call(R"(deleteTodo(_id: "a"))");
  EXPECT_TRUE(Eventually([&] { return !app().Get("a").has_value(); }));
  EXPECT_EQ(Count("lists"), lists);
}

TEST_F(LiveTest, WhatOthersCreateAppearsByItself) {
  Call(R"(addTodo(_id: "c", content: "bread", note: "n", count: 1))");
  WaitForContent("c", "bread");
}

TEST_F(LiveTest, AMessageThatComesLateChangesNothing) {
  Update("a", "oat milk");
  WaitForContent("a", "oat milk");
  const int64_t lists = Count("lists");
  Tell(R"("milk")", R"("n")", 1);
  // Told after it, and so seen after it.
  Update("b", "last");
  WaitForContent("b", "last");
  EXPECT_EQ(app().ContentAt("a"), "oat milk");
  EXPECT_EQ(Count("lists"), lists);
}

TEST_F(LiveTest, ALostConnectionIsMadeAnewAndWhatWasMissedIsListed) {
  Door("/hush", R"({"hushed":true})");
  Update("a", "missed");
  Door("/cut");
  WaitForContent("a", "missed");
  EXPECT_GE(Count("connections"), 2);
  Door("/hush", R"({"hushed":false})");
  WaitUntilLive();
}

TEST_F(LiveTest, AMessageWithoutAWholeDocumentMakesTheListBeAskedFor) {
  Door("/hush", R"({"hushed":true})");
  Update("a", "oat milk");
  const int64_t lists = Count("lists");
  Tell("null", "null", 2);
  WaitForContent("a", "oat milk");
  EXPECT_EQ(Count("lists"), lists + 1);
}

// AWS's own simulator over a schema that has no subscriptions.
class PlainLiveTest : public E2eTest {};

TEST_F(PlainLiveTest, WhoDoesNotTellIsListedAsEver) {
  StartDaemon({.schema = false,
               .list = R"({ field = "listTodo", arguments = [], items = "/todoList", )"
                       R"(select = "statusCode todoList { _id content }" })",
               .create = R"({ field = "addTodo", arguments = ["content: String!"], )"
                         R"(document = "/todo", select = "statusCode todo { _id content }" })",
               .update = R"({ field = "updateTodo", arguments = ["_id: String!", )"
                         R"("content: String!"], select = "statusCode" })",
               .remove = R"({ field = "deleteTodo", arguments = ["_id: String!"], )"
                         R"(select = "statusCode deletedId" })",
               .more = "subscriptions = [{ field = \"onAddTodo\", select = \"statusCode\" }]\n"});
  EXPECT_TRUE(Eventually([&] { return !app().Status().collections(0).live_error().empty(); }));
  const v1::CollectionStatus todos = app().Status().collections(0);
  EXPECT_EQ(todos.live(), v1::LIVE_STATE_DOWN);
  EXPECT_THAT(todos.live_error(), testing::HasSubstr("subscription"));
  backend().Insert("milk");
  app().Sync();
  EXPECT_THAT(app().Contents(), testing::ElementsAre("milk"));
  EXPECT_THAT(app().CreateSettled("bread"), testing::Not(testing::IsEmpty()));
}

}  // namespace
}  // namespace tideover::e2e
