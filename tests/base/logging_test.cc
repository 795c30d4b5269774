#include "base/logging.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tideover::base {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;

class LoggingTest : public testing::Test {
 protected:
  ~LoggingTest() override { SetLogLevel(LogLevel::kInfo); }

  // What is written of one value.
  static std::string Value(const std::string& value) {
    testing::internal::CaptureStderr();
    Log(LogLevel::kInfo, "test", "said", {{"value", value}});
    const std::string line = testing::internal::GetCapturedStderr();
    return line.substr(line.find("value=") + 6);
  }
};

TEST_F(LoggingTest, ALineIsTimeLevelModuleMessageAndFields) {
  testing::internal::CaptureStderr();
  Log(LogLevel::kWarning, "store", "nearly full", {{"documents", 3}, {"path", "/a b"}});
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z "
                           "warning store nearly full documents=3 path=\"/a b\"\n"));
}

TEST_F(LoggingTest, AValueCannotBeginALineOrPassForAnotherField) {
  EXPECT_EQ(Value("a\nb\x1b[2J"), "a\\x0ab\\x1b[2J\n");
  EXPECT_EQ(Value("x level=error"), "\"x level=error\"\n");
  EXPECT_EQ(Value(R"(" ok="yes)"), R"("\" ok=\"yes")"
                                   "\n");
  EXPECT_EQ(Value(""), "\"\"\n");
}

TEST_F(LoggingTest, AValueOverTheLimitIsCut) {
  EXPECT_EQ(Value(std::string(kLogValueBytesMax, 'x')), std::string(kLogValueBytesMax, 'x') + "\n");
  EXPECT_EQ(Value(std::string(kLogValueBytesMax + 1, 'x')),
            std::string(kLogValueBytesMax, 'x') + "...\n");
}

TEST_F(LoggingTest, WhatIsBelowTheLevelIsNotWritten) {
  SetLogLevel(LogLevel::kError);
  testing::internal::CaptureStderr();
  Log(LogLevel::kWarning, "test", "nobody hears this");
  Log(LogLevel::kError, "test", "loud");
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_THAT(said, EndsWith("error test loud\n"));
  EXPECT_THAT(said, Not(HasSubstr("nobody")));
  LogLevel level = LogLevel::kInfo;
  EXPECT_TRUE(ParseLogLevel("off", &level));
  EXPECT_EQ(level, LogLevel::kOff);
  EXPECT_FALSE(ParseLogLevel("loud", &level));
}

}  // namespace
}  // namespace tideover::base
