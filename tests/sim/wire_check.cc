#include "sim/wire_check.h"

#include <fmt/format.h>

#include "base/ids.h"

namespace tideover::sim {
namespace {

// What was marked before the network was forbidden may leave for so long.
constexpr Millis kGrace{1'000};

}  // namespace

void WireCheck::OnSetting(int daemon, sync::NetworkSetting setting) {
  Machine& machine = machines_[daemon];
  if (machine.setting != setting) machine.set_at = world_.Mono();
  machine.setting = setting;
  OnTryNow(daemon);
}

void WireCheck::OnLink(int daemon, bool up, MonoTime at) {
  Machine& machine = machines_[daemon];
  if (machine.link_up != up) machine.link_at = at;
  machine.link_up = up;
  OnTryNow(daemon);
}

void WireCheck::OnTryNow(int daemon) { machines_[daemon].not_before.clear(); }

void WireCheck::OnDiscard(Author author) {
  discarded_.insert(author);
  machines_[author.daemon].confirmed.clear();
}

void WireCheck::OnDeath(int daemon) {
  Machine& machine = machines_[daemon];
  machine.confirmed.clear();
  machine.not_before.clear();
  // A new process takes the link for up until it is told.
  machine.link_up = true;
}

bool WireCheck::MaySend(const Machine& machine, const std::string& collection) const {
  const MonoTime now = world_.Mono();
  using sync::NetworkSetting;
  if (machine.setting == NetworkSetting::kOffline) return now - machine.set_at <= kGrace;
  const bool heeds_link =
      machine.setting == NetworkSetting::kAuto &&
      (!plan_.tuning.collections.contains(collection) ||
       plan_.tuning.collections.at(collection).network_mode == sync::NetworkMode::kOnline);
  return !heeds_link || machine.link_up || now - machine.link_at <= kGrace ||
         now - machine.set_at <= kGrace;
}

void WireCheck::CheckWords(int daemon, const sync::PushRequest& request) {
  const bool provisional = base::IsProvisionalId(request.mutation.document_id());
  if (provisional && request.mutation.kind() != sync::Mutation::CREATE) {
    world_.Fail(fmt::format("d{}: mutation {} names {} to the server", daemon, request.seq,
                            request.mutation.document_id()));
  }
}

void WireCheck::OnSend(int daemon, const std::string& collection,
                       const sync::PushRequest& request) {
  Machine& machine = machines_[daemon];
  CheckWords(daemon, request);
  if (!MaySend(machine, collection)) {
    world_.Fail(
        fmt::format("d{}: mutation {} is sent although nothing may be", daemon, request.seq));
  }
  for (const uint64_t seq : request.seqs) {
    if (!machine.confirmed.contains(seq)) continue;
    world_.Fail(fmt::format("d{}: mutation {} was confirmed and is sent again", daemon, seq));
  }
  const auto wait = machine.not_before.find(request.seq);
  if (wait != machine.not_before.end() && world_.Mono() < wait->second) {
    world_.Fail(
        fmt::format("d{}: mutation {} is sent before the server wants it", daemon, request.seq));
  }
}

void WireCheck::OnAnswer(int daemon, const sync::PushRequest& request,
                         const sync::PushResult& result) {
  Machine& machine = machines_[daemon];
  const bool whole = !discarded_.contains({daemon, request.seq});
  if (whole && result.outcome == sync::PushClass::kConfirmed) {
    machine.confirmed.insert(request.seqs.begin(), request.seqs.end());
  }
  if (result.outcome == sync::PushClass::kRejected && request.seqs.size() > 1) {
    for (const uint64_t seq : request.seqs) split_.insert({daemon, seq});
  }
  if (result.retry_after.has_value()) {
    machine.not_before[request.seq] = world_.Mono() + *result.retry_after;
  }
}

}  // namespace tideover::sim
