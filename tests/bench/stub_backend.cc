#include "bench/stub_backend.h"

#include <utility>

#include "bench/must.h"

namespace tideover::bench {

StubBackend::StubBackend(const Places& places, int delay_ms)
    : process_({"/usr/bin/env", "node", places.stub, "--directory", places.directory + "/stub",
                "--delay", std::to_string(delay_ms)},
               places.directory + "/stub.log", /*piped=*/true) {
  const json::Value ready = ReadJson();
  Must(ready.Find("port") != nullptr && ready.Find("ca") != nullptr, "the stub's first line");
  backend_.port = static_cast<int>(ready.Find("port")->AsInt64().value_or(0));
  backend_.ca_file = ready.Find("ca")->text();
}

json::Value StubBackend::Ask(const std::string& what) {
  process_.WriteLine(what);
  return ReadJson();
}

json::Value StubBackend::ReadJson() {
  auto value = json::Parse(process_.ReadLine(20), {.bytes_max = size_t{64} << 20});
  Must(value.status(), "the stub's words");
  return *std::move(value);
}

}  // namespace tideover::bench
