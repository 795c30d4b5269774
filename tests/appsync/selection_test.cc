#include "appsync/selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "appsync/schemas.h"

namespace tideover::appsync {
namespace {

using ::testing::HasSubstr;

TypeRef NonModel(const std::string& name) {
  TypeRef type;
  type.kind = TypeRef::Kind::kNonModel;
  type.name = name;
  return type;
}

TEST(Selection, IsReadAndWrittenAlike) {
  const auto selection = ParseSelection("{ statusCode, todo{_id  content} }");
  ASSERT_TRUE(selection.ok()) << selection.status();
  EXPECT_EQ(WriteSelection(*selection), "statusCode todo { _id content }");
  EXPECT_EQ(ParseSelection(WriteSelection(*selection)).value(), *selection);
}

TEST(Selection, NamesThePositionOfAMistake) {
  const auto message = [](const std::string& text) {
    return std::string(ParseSelection(text).status().message());
  };
  EXPECT_THAT(message("statusCode todo {"), HasSubstr("position 18: a field name is expected"));
  EXPECT_THAT(message("statusCode todo { _id"), HasSubstr("position 22: the { is not closed"));
  EXPECT_THAT(message("a(b: 1)"), HasSubstr("position 2: '(' is not expected here"));
  EXPECT_THAT(message("a a"), HasSubstr("\"a\" is selected twice"));
  EXPECT_THAT(message(""), HasSubstr("a field name is expected"));
}

TEST(Selection, RefusesMoreLevelsThanTheLimit) {
  const auto nested = [](size_t levels) {
    std::string text = "a";
    for (size_t i = 1; i < levels; ++i) text = "a { " + text + " }";
    return text;
  };
  EXPECT_TRUE(ParseSelection(nested(kSelectionDepthMax)).ok());
  EXPECT_FALSE(ParseSelection(nested(kSelectionDepthMax + 1)).ok());
}

TEST(Selection, IsCheckedAgainstTheSchemaByName) {
  const Introspection schema = SchemaOf(kTodoSchema);
  const auto check = [&schema](const std::string& text) {
    return CheckSelection(schema, NonModel("AddTodoResponse"), ParseSelection(text).value());
  };
  EXPECT_TRUE(check("statusCode todo { _id __typename }").ok());
  EXPECT_THAT(std::string(check("statuscode").message()),
              HasSubstr("AddTodoResponse has no field \"statuscode\"; the nearest is "
                        "\"statusCode\""));
  EXPECT_THAT(std::string(check("todo { name }").message()),
              HasSubstr("Todo has no field \"name\"; it has _id, content"));
  EXPECT_THAT(std::string(check("todo").message()), HasSubstr("Todo needs a selection"));
  EXPECT_THAT(std::string(check("statusCode { x }").message()), HasSubstr("String has no fields"));
}

TEST(Selection, DefaultHoldsAllButRelations) {
  const Introspection schema = SchemaOf(kModelSchema);
  TypeRef project;
  project.kind = TypeRef::Kind::kModel;
  project.name = "Project";
  EXPECT_EQ(WriteSelection(DefaultSelection(schema, project)),
            "id name tags meta where { lat lon } createdAt");
}

TEST(Selection, DefaultLeavesOutATypeInsideItself) {
  const Introspection schema = SchemaOf(R"({"version":1,"models":{},"nonModels":{
    "Tree":{"name":"Tree","fields":{
      "name":{"name":"name","isArray":false,"type":"String","isRequired":true},
      "below":{"name":"below","isArray":true,"type":{"nonModel":"Tree"},"isRequired":false}}}}})");
  EXPECT_EQ(WriteSelection(DefaultSelection(schema, NonModel("Tree"))), "name");
}

TEST(Selection, CoversComparesEveryLevel) {
  const auto parsed = [](const std::string& text) { return ParseSelection(text).value(); };
  EXPECT_TRUE(Covers(parsed("a b { c d }"), parsed("b { d }")));
  EXPECT_FALSE(Covers(parsed("a b { c }"), parsed("b { d }")));
}

}  // namespace
}  // namespace tideover::appsync
