#include "appsync/live_change.h"

#include <gtest/gtest.h>

#include <string>

#include "appsync/schemas.h"

namespace tideover::appsync {
namespace {

class LiveChangeTest : public ::testing::Test {
 protected:
  LiveChangeTest() {
    const Introspection schema = SchemaOf(kModelSchema);
    CollectionSource source;
    source.name = "Project";
    source.model = "Project";
    plain_ = BindCollection(source, &schema).value();
    source.version_field = "_version";
    versioned_ = BindCollection(source, &schema).value();
  }

  // What a message with that value of the field comes to; "something" without a document.
  static std::string Told(const CollectionBinding& collection, const OperationBinding& subscription,
                          const std::string& value, const std::string& more = "") {
    const std::string payload =
        R"({"data":{")" + subscription.field + R"(":)" + value + "}" + more + "}";
    const sync::LiveChange change = ReadChange(collection, subscription, ParsedJson(payload));
    return change.document.has_value() ? json::Write(*change.document) : "something";
  }
  static std::string Updated(const CollectionBinding& collection, const std::string& value) {
    return Told(collection, collection.subscriptions[1], value);
  }
  static std::string Deleted(const CollectionBinding& collection, const std::string& value) {
    return Told(collection, collection.subscriptions[2], value);
  }
  // Whole, but for what is put in its place.
  static std::string Project(const std::string& name = R"("a")", const std::string& id = R"("p1")",
                             const std::string& more = "") {
    return R"({"id":)" + id + R"(,"name":)" + name +
           R"(,"tags":[],"meta":"{}","where":{"lat":1.50,"lon":2},"createdAt":"now")" + more + "}";
  }
  static std::string Versioned(const std::string& version, const std::string& deleted = "null",
                               const std::string& name = R"("a")") {
    return Project(name, R"("p1")",
                   R"(,"_version":)" + version + R"(,"_lastChangedAt":5,"_deleted":)" + deleted);
  }

  CollectionBinding plain_;
  CollectionBinding versioned_;
};

TEST_F(LiveChangeTest, AWholeDocumentIsToldAsItIs) {
  EXPECT_EQ(Updated(plain_, Project()), Project());
  EXPECT_EQ(Updated(versioned_, Versioned("7")), Versioned("7"));
}

TEST_F(LiveChangeTest, AnIdIsAText) {
  EXPECT_EQ(Updated(plain_, Project(R"("a")", "12")), Project(R"("a")", R"("12")"));
}

TEST_F(LiveChangeTest, NullMayStandForWhatTheWriterDidNotSelect) {
  EXPECT_EQ(Updated(plain_, Project("null")), "something");
  EXPECT_EQ(Updated(versioned_, Versioned("7", "null", "null")), "something");
  std::string nested = Project();
  nested.replace(nested.find("1.50"), 4, "null");
  EXPECT_EQ(Updated(plain_, nested), "something");
}

TEST_F(LiveChangeTest, AMissingMemberMakesADocumentUnfit) {
  EXPECT_EQ(Updated(plain_, R"({"id":"p1","name":"a"})"), "something");
}

TEST_F(LiveChangeTest, ADocumentWithoutAUsableIdIsUnfit) {
  EXPECT_EQ(Updated(plain_, Project(R"("a")", "null")), "something");
  EXPECT_EQ(Updated(plain_, Project(R"("a")", R"("")")), "something");
  EXPECT_EQ(Updated(plain_, Project(R"("a")", "{}")), "something");
}

TEST_F(LiveChangeTest, ADocumentOfAVersionedCollectionNeedsItsVersion) {
  EXPECT_EQ(Updated(versioned_, Versioned("null")), "something");
  EXPECT_EQ(Updated(versioned_, Versioned(R"("7")")), "something");
  EXPECT_EQ(Updated(versioned_, Versioned("7.5")), "something");
}

TEST_F(LiveChangeTest, WithErrorsNothingOfItIsTrusted) {
  EXPECT_EQ(Told(plain_, plain_.subscriptions[1], Project(),
                 R"(,"errors":[{"message":"Cannot return null"}])"),
            "something");
  EXPECT_EQ(Told(plain_, plain_.subscriptions[1], Project(), R"(,"errors":null)"), Project());
}

TEST_F(LiveChangeTest, NoValueIsNoDocument) {
  for (const char* value : {"null", "7", R"("p1")", "[]", "true"}) {
    EXPECT_EQ(Updated(plain_, value), "something") << value;
  }
}

TEST_F(LiveChangeTest, ADeletionIsMarkedWhateverIsLeft) {
  EXPECT_EQ(Deleted(plain_, R"({"id":"p1","name":null})"),
            R"({"id":"p1","name":null,"_deleted":true})");
  EXPECT_EQ(Deleted(versioned_, R"({"id":"p1","_version":8,"_deleted":null})"),
            R"({"id":"p1","_version":8,"_deleted":true})");
  EXPECT_EQ(Deleted(versioned_, R"({"id":"p1"})"), "something") << "when, nobody knows";
  EXPECT_EQ(Deleted(plain_, R"({"name":"a"})"), "something");
}

TEST_F(LiveChangeTest, AMarkedDocumentIsADeletionWhereThereAreVersions) {
  EXPECT_EQ(Updated(versioned_, R"({"id":"p1","_version":8,"_deleted":true})"),
            R"({"id":"p1","_version":8,"_deleted":true})");
  EXPECT_EQ(Updated(plain_, Project(R"("a")", R"("p1")", R"(,"_deleted":true)")), "something")
      << "the mark may mean anything there";
}

TEST_F(LiveChangeTest, OfADeletionTheIdAloneIsEnough) {
  OperationBinding subscription;
  subscription.field = "onDeleteTodo";
  subscription.document = "/deletedId";
  subscription.deletes = true;
  EXPECT_EQ(Told(plain_, subscription, R"({"deletedId":"p1"})"), R"({"id":"p1","_deleted":true})");
  EXPECT_EQ(Told(plain_, subscription, R"({"deletedId":12})"), R"({"id":"12","_deleted":true})");
  EXPECT_EQ(Told(plain_, subscription, R"({"deletedId":null})"), "something");
  EXPECT_EQ(Told(plain_, subscription, R"({"deletedId":[]})"), "something");
}

TEST_F(LiveChangeTest, AConditionThatFailsMakesTheListBeAskedFor) {
  OperationBinding subscription = plain_.subscriptions[1];
  subscription.ok = {{"/name", "a"}};
  EXPECT_EQ(Told(plain_, subscription, Project()), Project());
  EXPECT_EQ(Told(plain_, subscription, Project(R"("b")")), "something");
}

TEST_F(LiveChangeTest, WithoutAPlaceForADocumentThereIsNone) {
  OperationBinding subscription = plain_.subscriptions[1];
  subscription.document.reset();
  EXPECT_EQ(Told(plain_, subscription, Project()), "something");
  subscription.document = "";
  subscription.document_is_whole = false;
  EXPECT_EQ(Told(plain_, subscription, Project()), "something");
}

TEST_F(LiveChangeTest, EveryElementOfAListIsWhole) {
  CollectionSource source = TodoSource();
  source.list->arguments.emplace();
  source.list->select = "todoList { _id steps { text } }";
  source.create.reset();
  source.update.reset();
  source.remove.reset();
  OperationSource one;
  one.field = "onTodo";
  one.select = "_id steps { text }";
  one.document = "";
  source.list->ok.clear();
  source.subscriptions = {one};
  const CollectionBinding todos = BindCollection(source, nullptr).value();
  const OperationBinding& bound = todos.subscriptions[0];
  EXPECT_EQ(Told(todos, bound, R"({"_id":"t","steps":[{"text":"x"}]})"),
            R"({"_id":"t","steps":[{"text":"x"}]})");
  EXPECT_EQ(Told(todos, bound, R"({"_id":"t","steps":[{"text":"x"},{"text":null}]})"), "something");
  EXPECT_EQ(Told(todos, bound, R"({"_id":"t","steps":7})"), "something");
}

}  // namespace
}  // namespace tideover::appsync
