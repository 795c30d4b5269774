// What every command gets: its arguments, the world around it, the connection, and the few ways to
// end: success, a failed call (explained, exit code chosen), wrong usage. Owned by RunTideover for
// one command; main thread only. Answers go to `out`; notes, errors and progress to `err`, so that
// what a script reads is never mixed with what a person is told.
#ifndef TIDEOVER_CLI_CONTEXT_H_
#define TIDEOVER_CLI_CONTEXT_H_

#include <google/protobuf/message.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <chrono>
#include <string>
#include <string_view>

#include "cli/arguments.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "tideover/client/connection.h"
#include "tideover/client/failure.h"

namespace tideover::cli {

// How long a call may take that waits for nothing but the daemon.
inline constexpr std::chrono::seconds kCallTimeout(30);
// What --wait allows when --timeout says nothing.
inline constexpr uint32_t kWaitSecondsDefault = 30;

class Context {
 public:
  Context(const Arguments& given, Environment& world, client::Connection& daemon)
      : arguments(given), environment(world), connection(daemon) {}

  const Arguments& arguments;
  Environment& environment;
  client::Connection& connection;

  std::ostream& out() { return environment.out; }
  bool json() const { return arguments.json; }
  // For tables on `out`.
  TableStyle Style() const;
  // `text`, coloured if `out` shows colours.
  std::string Painted(std::string_view text, Colour colour) const;

  // The answer under --json: one line.
  void PrintJson(const google::protobuf::Message& message);
  // A sentence for people on `err`; nothing under --json.
  void Note(std::string_view text);

  // Explains a failed call on `err` and returns the exit code.
  int Fail(const grpc::Status& status);
  // The same for a failure that has no status: what was wrong and what to do.
  int Fail(const std::string& message, const std::string& remedy);
  // Says how the command is used otherwise.
  int Usage(const std::string& message);

  // --timeout, or its default.
  std::chrono::seconds WaitTimeout() const;

 private:
  int Report(const client::Failure& failure);
};

// What JSON is when it is to be read from standard input.
inline constexpr char kStandardInput[] = "-";

// The JSON argument, or all of standard input where it is `-`.
std::string JsonText(Context& context);

// A call's context with a deadline.
class Call {
 public:
  explicit Call(std::chrono::seconds timeout = kCallTimeout) {
    context_.set_deadline(std::chrono::system_clock::now() + timeout);
  }
  // NOLINTNEXTLINE(google-explicit-constructor): it is one
  operator grpc::ClientContext*() { return &context_; }

 private:
  grpc::ClientContext context_;
};

}  // namespace tideover::cli

#endif  // TIDEOVER_CLI_CONTEXT_H_
