#include <fmt/format.h>

#include <ostream>

#include "base/json.h"
#include "cli/collection_table.h"
#include "cli/commands.h"
#include "cli/words.h"

namespace tideover::cli {
namespace {

std::string IdentityLine(const v1::Identity& identity, Instant now) {
  std::string line = identity.username().empty() ? identity.identity_id() : identity.username();
  line += (line.empty() ? "" : ", ") + IdentityWord(identity.state());
  if (identity.has_token_expires_at()) {
    line += ", token ends " + AgeWords(true, identity.token_expires_at(), now);
  }
  return line;
}

std::string BackendLine(const v1::BackendStatus& backend, Instant now) {
  std::string line = backend.endpoint() + ", last answer " +
                     AgeWords(backend.has_last_success_at(), backend.last_success_at(), now);
  if (backend.subscribed()) line += ", subscribed";
  return line;
}

std::string OutboxLine(const v1::DaemonStatus& status, Instant now) {
  std::string line = CountsWords(status.outbox());
  if (status.has_oldest_unsettled_at()) {
    line += "; oldest from " + AgeWords(true, status.oldest_unsettled_at(), now);
  }
  return line;
}

void PrintStatus(Context& context, const v1::DaemonStatus& status) {
  const Instant now = context.environment.now();
  const v1::NetworkStatus& network = status.network();
  Table facts({});
  const auto add = [&facts](const char* name, Cell value) {
    facts.Add({{name, Colour::kBold}, std::move(value)});
  };
  add("daemon",
      {fmt::format("tideoverd {}, up {}, process {}", status.version(),
                   DurationWords(std::chrono::seconds(status.uptime().seconds())), status.pid())});
  add("identity", {IdentityLine(status.identity(), now)});
  Cell network_cell = NetworkCell(network);
  network_cell.text += ", setting " + SettingWord(network.setting());
  if (network.has_next_attempt_at()) {
    network_cell.text += ", next try " + AgeWords(true, network.next_attempt_at(), now);
  }
  add("network", network_cell);
  add("backend", {BackendLine(status.backend(), now)});
  if (status.backend().has_last_error()) {
    const v1::MutationError& error = status.backend().last_error();
    add("last error", {fmt::format("{} ({})", error.message(),
                                   AgeWords(error.has_failed_at(), error.failed_at(), now))});
  }
  add("outbox", {OutboxLine(status, now),
                 status.outbox().dead_lettered() > 0 ? Colour::kRed : Colour::kNone});
  add("store", {fmt::format("{} of {}", BytesWords(status.store().used_bytes()),
                            BytesWords(status.store().quota_bytes()))});
  facts.Print(context.out(), {.colours = context.Style().colours, .width_max = 0});
  if (status.collections_size() > 0) {
    context.out() << '\n';
    PrintCollections(context, status.collections());
  }
  for (const std::string& sentence : status.attention()) {
    context.out() << context.Painted("! ", Colour::kYellow) << Printable(sentence) << '\n';
  }
  context.out().flush();
}

}  // namespace

int RunStatus(Context& context) {
  v1::GetStatusResponse response;
  const grpc::Status status =
      context.connection.sync().GetStatus(Call(), v1::GetStatusRequest(), &response);
  if (!status.ok()) return context.Fail(status);
  if (context.json()) {
    context.PrintJson(response.status());
  } else {
    PrintStatus(context, response.status());
  }
  return kExitOk;
}

int RunVersion(Context& context) {
  v1::GetStatusResponse response;
  const grpc::Status status =
      context.connection.sync().GetStatus(Call(), v1::GetStatusRequest(), &response);
  if (context.json()) {
    json::Value versions = json::Value::Object();
    versions.Set("client", json::Value::String(TIDEOVER_VERSION));
    versions.Set("daemon",
                 status.ok() ? json::Value::String(response.status().version()) : json::Value());
    context.out() << json::Write(versions) << std::endl;
    return kExitOk;
  }
  context.out() << "tideover " << TIDEOVER_VERSION << '\n';
  context.out() << "tideoverd "
                << (status.ok() ? Printable(response.status().version()) : "(not reachable)")
                << std::endl;
  return kExitOk;
}

}  // namespace tideover::cli
