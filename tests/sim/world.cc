#include "sim/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "store/record.h"

namespace tideover::sim {

World::World(uint64_t seed) : random_(seed), live_(std::getenv("TIDEOVER_SIM_TRACE") != nullptr) {}

void World::After(Millis delay, absl::AnyInvocable<void()> event) {
  const MonoTime at = now_ + std::max(delay, Millis(0));
  events_.emplace(std::make_pair(at, next_order_++), std::move(event));
}

void World::RunUntil(MonoTime end) {
  while (!failed() && !events_.empty() && events_.begin()->first.first <= end) {
    auto node = events_.extract(events_.begin());
    const MonoTime at = node.key().first;
    events_at_once_ = at == now_ ? events_at_once_ + 1 : 0;
    now_ = at;
    ++steps_;
    node.mapped()();
    if (events_at_once_ > kEventsAtOnceMax) Fail("time stands still: the loop is never at rest");
  }
  if (!failed()) now_ = std::max(now_, end);
}

void World::Note(std::string line) {
  line = fmt::format("{:>9.3f} {}", static_cast<double>(now_.ms - 1'000'000) / 1000, line);
  if (live_) std::fprintf(stderr, "%s\n", line.c_str());
  hash_ = store::HashBytes(fmt::format("{:016x}{}", hash_, line));
  trace_.push_back(std::move(line));
  if (trace_.size() > kTraceLinesMax) trace_.pop_front();
}

void World::Fail(std::string what) {
  if (failed()) return;
  Note("FAILED: " + what);
  failure_ = std::move(what);
}

std::string World::Trace() const {
  std::string all;
  for (const std::string& line : trace_) all += line + "\n";
  return all;
}

}  // namespace tideover::sim
