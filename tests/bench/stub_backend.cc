#include "bench/stub_backend.h"

#include <utility>
#include <vector>

#include "bench/must.h"

namespace tideover::bench {

namespace {

std::vector<std::string> Command(const Places& places, int delay_ms, Poison poison,
                                 const std::string& text) {
  std::vector<std::string> command = {"/usr/bin/env",
                                      "node",
                                      places.stub,
                                      "--directory",
                                      places.directory + "/stub",
                                      "--delay",
                                      std::to_string(delay_ms)};
  if (poison != Poison::kNone) command.insert(command.end(), {"--poison", text});
  if (poison == Poison::kRequest) command.emplace_back("--poisons-request");
  return command;
}

}  // namespace

StubBackend::StubBackend(const Places& places, int delay_ms, Poison poison, const std::string& text)
    : process_(Command(places, delay_ms, poison, text), places.directory + "/stub.log",
               /*piped=*/true) {
  const json::Value ready = ReadJson();
  Must(ready.Find("port") != nullptr && ready.Find("ca") != nullptr, "the stub's first line");
  backend_.port = static_cast<int>(ready.Find("port")->AsInt64().value_or(0));
  backend_.ca_file = ready.Find("ca")->text();
}

json::Value StubBackend::Ask(const std::string& what) {
  process_.WriteLine(what);
  return ReadJson();
}

int64_t StubBackend::Count(const std::string& name) {
  const json::Value stats = Ask("stats");
  const json::Value* count = stats.Find(name);
  Must(count != nullptr, "the stub does not count " + name);
  return count->AsInt64().value_or(0);
}

json::Value StubBackend::ReadJson() {
  auto value = json::Parse(process_.ReadLine(20), {.bytes_max = size_t{64} << 20});
  Must(value.status(), "the stub's words");
  return *std::move(value);
}

}  // namespace tideover::bench
