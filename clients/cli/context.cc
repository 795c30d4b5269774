#include "cli/context.h"

#include <istream>
#include <iterator>
#include <ostream>

#include "base/json.h"
#include "cli/json_output.h"

namespace tideover::cli {

TableStyle Context::Style() const {
  return {.colours = environment.Colours(environment.out_terminal),
          .width_max = environment.out_columns};
}

std::string Context::Painted(std::string_view text, Colour colour) const {
  return Paint(text, colour, environment.Colours(environment.out_terminal));
}

void Context::PrintJson(const google::protobuf::Message& message) {
  out() << ToJsonText(message) << std::endl;
}

void Context::Note(std::string_view text) {
  if (!json()) environment.err << Printable(text) << std::endl;
}

int Context::Fail(const grpc::Status& status) {
  return Report(client::Explain(status, connection.socket_path()));
}

int Context::Fail(const std::string& message, const std::string& remedy) {
  client::Failure failure;
  failure.code = grpc::StatusCode::FAILED_PRECONDITION;
  failure.message = message;
  failure.remedy = remedy;
  return Report(failure);
}

int Context::Usage(const std::string& message) {
  environment.err << "tideover: " << Printable(message) << "\nsee `tideover --help`" << std::endl;
  return kExitUsage;
}

std::chrono::seconds Context::WaitTimeout() const {
  return std::chrono::seconds(arguments.timeout_seconds > 0 ? arguments.timeout_seconds
                                                            : kWaitSecondsDefault);
}

int Context::Report(const client::Failure& failure) {
  if (json()) {
    json::Value error = json::Value::Object();
    error.Set("code", json::Value::String(client::CodeName(failure.code)));
    error.Set("reason", json::Value::String(v1::ErrorReason_Name(failure.reason)));
    error.Set("message", json::Value::String(failure.message));
    error.Set("remedy", json::Value::String(failure.remedy));
    error.Set("detail", ToJson(failure.detail));
    json::Value report = json::Value::Object();
    report.Set("error", std::move(error));
    environment.err << json::Write(report) << std::endl;
  } else {
    const bool colours = environment.Colours(environment.err_terminal);
    environment.err << Paint("error: ", Colour::kRed, colours) << Printable(failure.message)
                    << std::endl;
    if (!failure.remedy.empty()) {
      environment.err << Paint("to do: ", Colour::kBold, colours) << Printable(failure.remedy)
                      << std::endl;
    }
  }
  return failure.daemon_unreachable ? kExitUnreachable : kExitFailed;
}

std::string JsonText(Context& context) {
  if (context.arguments.document_json != kStandardInput) return context.arguments.document_json;
  return {std::istreambuf_iterator<char>(context.environment.in), {}};
}

}  // namespace tideover::cli
