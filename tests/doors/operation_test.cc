#include "doors/operation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/store_fixture.h"

namespace tideover::doors {
namespace {

using absl::StatusCode;
using log::Mutation;
using support::Create;
using support::Delete;
using support::Named;
using support::Replace;
using support::Update;
using support::Upsert;

class OperationTest : public support::DoorsFixture {
 protected:
  OperationTest() {
    rules_["fixed"].create_fields = {"name", "kind"};
    rules_["fixed"].update_fields = {"name", "done"};
    rules_["fixed"].ids = IdMode::kClientUuid;
    rules_["frozen"].can_create = false;
    rules_["frozen"].can_update = false;
    rules_["frozen"].can_delete = false;
    Reopen();
  }

  absl::StatusOr<Operation> Check(const OperationInput& input) const {
    return CheckOperation(input, doors_->catalog(), doors_->rules());
  }
  uint64_t HashOf(const OperationInput& input) const { return Check(input)->request_hash; }
};

struct Refusal {
  const char* what;
  OperationInput input;
  StatusCode code;
  const char* says;
};

OperationInput WithScope(OperationInput input, std::string scope) {
  input.scope = std::move(scope);
  return input;
}

OperationInput WithoutKind() {
  OperationInput input = Create("notes", R"({"a":1})", "n1");
  input.kind = Mutation::KIND_UNSPECIFIED;
  return input;
}

OperationInput DeleteWithJson() {
  OperationInput input = Delete("notes", "n1");
  input.json = "{}";
  return input;
}

TEST_F(OperationTest, RefusesWhatCannotBeApplied) {
  const std::string long_id(256, 'x');
  const std::string deep = std::string(70, '[') + std::string(70, ']');
  const Refusal table[] = {
      {"unknown collection", Create("note", "{}"), StatusCode::kNotFound, "did you mean \"notes\""},
      {"no collection name", Create("a-b", "{}"), StatusCode::kInvalidArgument, "letter"},
      {"no kind", WithoutKind(), StatusCode::kInvalidArgument, "kind"},
      {"not an object", Create("notes", "[1]"), StatusCode::kInvalidArgument, "object"},
      {"broken JSON", Create("notes", "{\"a\":"), StatusCode::kInvalidArgument, "byte"},
      {"name twice", Create("notes", R"({"a":1,"a":2})"), StatusCode::kInvalidArgument, "twice"},
      {"too deep", Create("notes", "{\"a\":" + deep + "}"), StatusCode::kInvalidArgument, "deeper"},
      {"too long", Create("notes", "{\"a\":\"" + std::string(1 << 20, 'x') + "\"}"),
       StatusCode::kInvalidArgument, "bytes"},
      {"bad UTF-8", Create("notes", "{\"a\":\"\xff\"}"), StatusCode::kInvalidArgument, "byte"},
      {"long id", Create("notes", "{}", long_id), StatusCode::kInvalidArgument, "255"},
      {"id with NUL", Create("notes", "{}", std::string("a\0b", 3)), StatusCode::kInvalidArgument,
       "NUL"},
      {"id not UTF-8", Create("notes", "{}", "\xc0\x80"), StatusCode::kInvalidArgument, "UTF-8"},
      {"two ids", Create("notes", R"({"id":"b"})", "a"), StatusCode::kInvalidArgument, "changed"},
      {"id is a number", Create("notes", R"({"id":7})"), StatusCode::kInvalidArgument, "string"},
      {"id is null", Update("notes", "a", R"({"id":null})"), StatusCode::kInvalidArgument,
       "string"},
      {"id is empty", Create("notes", R"({"id":""})"), StatusCode::kOk, ""},
      {"update without id", Update("notes", "", "{}"), StatusCode::kInvalidArgument, "missing"},
      {"delete without id", Delete("notes", ""), StatusCode::kInvalidArgument, "missing"},
      {"delete with JSON", DeleteWithJson(), StatusCode::kInvalidArgument, "no JSON"},
      {"delete of what may be missing", Upsert(Delete("notes", "a")), StatusCode::kOk, ""},
      {"create that upserts", Upsert(Create("notes", "{}")), StatusCode::kInvalidArgument,
       "upsert"},
      {"id that the server chooses", Create("todos", "{}", "mine"), StatusCode::kInvalidArgument,
       "local-"},
      {"provisional id", Create("todos", "{}", "local-1"), StatusCode::kOk, ""},
      {"long mutation id", Named(std::string(129, 'm'), Create("notes", "{}")),
       StatusCode::kInvalidArgument, "128"},
      {"long scope", WithScope(Create("notes", "{}"), std::string(129, 's')),
       StatusCode::kInvalidArgument, "128"},
      {"scope not UTF-8", WithScope(Create("notes", "{}"), "\xff"), StatusCode::kInvalidArgument,
       "UTF-8"},
      {"field that create loses", Create("fixed", R"({"done":true})"), StatusCode::kInvalidArgument,
       "kind, name"},
      {"field that update loses", Update("fixed", "a", R"({"kind":"x"})"),
       StatusCode::kInvalidArgument, "done, name"},
      {"field that replace loses", Replace("fixed", "a", R"({"kind":"x"})"),
       StatusCode::kInvalidArgument, "done, name"},
      {"id beside the fields", Create("fixed", R"({"id":"a","name":"n"})"), StatusCode::kOk, ""},
      {"create not offered", Create("frozen", "{}"), StatusCode::kFailedPrecondition, "create"},
      {"update not offered", Update("frozen", "a", "{}"), StatusCode::kFailedPrecondition,
       "update"},
      {"replace not offered", Replace("frozen", "a", "{}"), StatusCode::kFailedPrecondition,
       "update"},
      {"delete not offered", Delete("frozen", "a"), StatusCode::kFailedPrecondition, "delete"},
  };
  for (const Refusal& row : table) {
    const auto checked = Check(row.input);
    EXPECT_EQ(checked.status().code(), row.code) << row.what << ": " << checked.status();
    EXPECT_THAT(std::string(checked.status().message()), testing::HasSubstr(row.says)) << row.what;
  }
}

TEST_F(OperationTest, TakesTheIdFromTheJsonAndKeepsItOutOfTheChange) {
  const auto operation = Check(Create("cards", R"({"cardId":"c1","n":1.50})"));
  ASSERT_TRUE(operation.ok()) << operation.status();
  EXPECT_EQ(operation->document_id, "c1");
  EXPECT_EQ(operation->change_text, R"({"n":1.50})");
}

TEST_F(OperationTest, HashesEverythingTheCallerSaid) {
  const OperationInput plain = Named("m", Update("notes", "a", R"({"x":1})"));
  EXPECT_EQ(HashOf(plain), HashOf(plain));
  EXPECT_EQ(HashOf(plain), HashOf(Named("m", Update("notes", "a", R"( {"x" : 1} )"))));
  const OperationInput others[] = {
      Update("notes", "b", R"({"x":1})"),         Update("notes", "a", R"({"x":2})"),
      Update("cards", "a", R"({"x":1})"),         Replace("notes", "a", R"({"x":1})"),
      Upsert(Update("notes", "a", R"({"x":1})")), WithScope(plain, "s"),
  };
  for (const OperationInput& other : others) {
    EXPECT_NE(HashOf(plain), HashOf(Named("m", other))) << other.json << other.document_id;
  }
  OperationInput guarded = plain;
  guarded.if_revision = 7;
  EXPECT_NE(HashOf(plain), HashOf(guarded));
}

// Lengths stand before the parts: moving a character from one to the next is another request.
TEST_F(OperationTest, HashesWhereEachPartEnds) {
  OperationInput a = Create("notes", "{}", "ab");
  a.scope = "c";
  OperationInput b = Create("notes", "{}", "a");
  b.scope = "bc";
  EXPECT_NE(HashOf(a), HashOf(b));
}

}  // namespace
}  // namespace tideover::doors
