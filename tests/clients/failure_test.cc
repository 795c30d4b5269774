#include "tideover/client/failure.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace tideover::client {
namespace {

grpc::Status WithDetail(grpc::StatusCode code, const v1::ErrorDetail& detail) {
  v1::Status envelope;
  envelope.add_details()->PackFrom(detail);
  return {code, "what was wrong", envelope.SerializeAsString()};
}

TEST(Failure, CarriesTheDaemonsReasonAndRemedy) {
  v1::ErrorDetail detail;
  detail.set_reason(v1::ERROR_REASON_REVISION_STALE);
  detail.set_remedy("read again");
  detail.set_current_revision(9);
  const Failure failure = Explain(WithDetail(grpc::StatusCode::ABORTED, detail), "/s");
  EXPECT_EQ(failure.reason, v1::ERROR_REASON_REVISION_STALE);
  EXPECT_EQ(failure.message, "what was wrong");
  EXPECT_EQ(failure.remedy, "read again");
  EXPECT_EQ(failure.detail.current_revision(), 9u);
  EXPECT_FALSE(failure.daemon_unreachable);
}

TEST(Failure, TellsAnUnreachableBackendFromAnUnreachableDaemon) {
  v1::ErrorDetail detail;
  detail.set_reason(v1::ERROR_REASON_BACKEND_UNREACHABLE);
  EXPECT_FALSE(Explain(WithDetail(grpc::StatusCode::UNAVAILABLE, detail), "/s").daemon_unreachable);
  detail.set_reason(v1::ERROR_REASON_SHUTTING_DOWN);
  EXPECT_TRUE(Explain(WithDetail(grpc::StatusCode::UNAVAILABLE, detail), "/s").daemon_unreachable);
}

TEST(Failure, SaysThatThereIsNoSocket) {
  const Failure failure =
      Explain({grpc::StatusCode::UNAVAILABLE, "connect failed"}, "/nonexistent/tideover.sock");
  EXPECT_TRUE(failure.daemon_unreachable);
  EXPECT_EQ(failure.message,
            "tideoverd is not running: there is no socket /nonexistent/tideover.sock");
  EXPECT_NE(failure.remedy.find("systemctl --user start tideoverd"), std::string::npos);
}

TEST(Failure, SaysThatThePathIsNoSocketOrTooLongOrUnknown) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("tideover-failure-test-" + std::to_string(::getpid()));
  std::ofstream(path).put('x');
  const grpc::Status status(grpc::StatusCode::UNAVAILABLE, "connect failed");
  EXPECT_EQ(Explain(status, path.string()).message, "not a socket: " + path.string());
  std::filesystem::remove(path);
  EXPECT_NE(Explain(status, "/" + std::string(200, 'x')).message.find("longer than"),
            std::string::npos);
  EXPECT_NE(Explain(status, "").message.find("no socket path is known"), std::string::npos);
}

TEST(Failure, NamesARemedyWhereTheDaemonNamesNone) {
  const Failure failure = Explain({grpc::StatusCode::UNIMPLEMENTED, ""}, "/s");
  EXPECT_EQ(failure.message, "UNIMPLEMENTED");
  EXPECT_EQ(failure.remedy, "this tideoverd cannot do that yet");
}

TEST(Failure, IgnoresDetailsThatAreNotOurs) {
  const Failure failure = Explain({grpc::StatusCode::INTERNAL, "m", "\xff\xff garbage"}, "/s");
  EXPECT_EQ(failure.reason, v1::ERROR_REASON_UNSPECIFIED);
  EXPECT_EQ(failure.message, "m");
}

}  // namespace
}  // namespace tideover::client
