#include "sim/plan.h"

#include "base/random.h"

namespace tideover::sim {
namespace {

using base::Millis;

constexpr const char* kMutantNames[kMutantCount] = {
    "none",
    "answer-before-commit",
    "merge-answered-unwritten",
    "sent-marks-lost",
    "ambiguous-is-confirmed",
    "ambiguous-is-retry",
    "ambiguous-is-rejected",
    "retry-is-rejected",
    "timer-lost",
    "list-guard-off",
    "absence-always-proves",
    "empty-list-on-failure",
    "commit-notice-lost",
};

class Draw {
 public:
  explicit Draw(uint64_t seed) : random_(seed ^ 0x51a7u) {}
  int64_t Between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(random_.Below(static_cast<uint64_t>(high - low + 1)));
  }
  bool Coin() { return random_.Below(2) == 0; }
  double Unit() { return random_.Unit(); }
  // Off in half of all plans.
  double Fault(double most) { return Coin() ? 0 : random_.Unit() * most; }
  base::Random& random() { return random_; }

 private:
  base::SeededRandom random_;
};

void DrawTuning(Draw& draw, Plan* plan) {
  sync::PushTuning& push = plan->tuning.push;
  DrawSizes(draw.random(), &push);
  push.backoff_base = Millis(draw.Between(100, 1000));
  push.backoff_cap = Millis(draw.Between(2, 60) * 1000);
  push.probe_cap = Millis(draw.Between(1, 5) * 1000);
  push.server_time_max = Millis(draw.Between(10, 30) * 1000);
  for (const char* name : {"todos", "notes"}) {
    sync::CollectionTuning tuning;
    const int64_t policy = draw.Between(0, 5);
    tuning.ambiguous = plan->ledger  ? sync::AmbiguousCreate::kResend
                       : policy == 0 ? sync::AmbiguousCreate::kHold
                       : policy == 1 ? sync::AmbiguousCreate::kResend
                                     : sync::AmbiguousCreate::kVerify;
    tuning.poll_interval = Millis(draw.Between(5, 30) * 1000);
    tuning.stale_time = Millis(draw.Between(0, 10) * 1000);
    tuning.refetch_on_settle = draw.Between(0, 3) != 0;
    const int64_t mode = draw.Between(0, 5);
    tuning.network_mode = mode == 0   ? sync::NetworkMode::kAlways
                          : mode == 1 ? sync::NetworkMode::kOfflineFirst
                                      : sync::NetworkMode::kOnline;
    plan->tuning.collections[name] = tuning;
  }
}

void DrawFaults(Draw& draw, Plan* plan) {
  plan->unsent = draw.Fault(0.3);
  plan->request_lost = draw.Fault(0.15);
  plan->answer_lost = draw.Fault(0.2);
  plan->reset_early = draw.Fault(0.2);
  plan->slow = draw.Fault(0.3);
  plan->busy = draw.Fault(0.2);
  plan->server_error = draw.Fault(0.2);
  plan->company_refused = draw.Fault(0.2);
  plan->list_failure = draw.Fault(0.3);
  plan->disk_full = draw.Fault(0.05);
  plan->crash_turn = draw.Fault(0.02);
  plan->crash_second = draw.Fault(0.05);
  plan->partition = draw.Fault(0.05);
  plan->duplicate = draw.Fault(0.3);
  plan->forbidden = draw.Fault(0.1);
  plan->silence = draw.Fault(0.03);
  plan->suspend = draw.Fault(0.03);
  plan->restore = draw.Between(0, 7) == 0 ? 0.05 : 0;
  plan->upgrade = draw.Fault(1);
  plan->switch_identity = plan->identities ? 0.05 : 0;
  // Of a doubled request the one half would be refused and the other not: nobody could tell.
  plan->sign_out = draw.Fault(plan->ledger && plan->duplicate > 0 ? 0 : 0.03);
  plan->operator_acts = draw.Fault(0.2);
  plan->wall_jump = draw.Fault(0.02);
  plan->foreign_write = draw.Fault(0.2);
}

// What nobody else changes needs no polls: what the engine must know it asks for. (A person who
// takes out what arrives later, and a create that is sent twice or never looked for, need them.)
void DrawPolls(Plan* plan) {
  const bool alone = plan->daemons == 1 && plan->foreign_write == 0 && plan->restore == 0;
  if (!alone || plan->invokes > 0 || plan->versions || plan->operator_acts > 0) return;
  for (auto& [name, tuning] : plan->tuning.collections) {
    const bool verifies = tuning.ambiguous == sync::AmbiguousCreate::kVerify;
    if (plan->ledger || verifies) tuning.poll_interval = Millis(0);
  }
}

// Where no message is lost unnoticed, nothing needs to be polled for.
void DrawLive(Plan* plan) {
  Draw draw(plan->seed ^ 0x11fe);
  plan->live = draw.Between(0, 2) == 0;
  if (!plan->live) return;
  plan->message_bare = draw.Coin() ? 0 : draw.Unit();
  plan->message_late = draw.Fault(0.3);
  plan->live_cut = draw.Fault(0.05);
  plan->message_lost = draw.Fault(0.3);
  if (plan->message_lost > 0) return;
  for (auto& [name, tuning] : plan->tuning.collections) tuning.poll_interval = Millis(0);
}

}  // namespace

const char* NameOf(Mutant mutant) { return kMutantNames[static_cast<size_t>(mutant)]; }

void DrawSizes(base::Random& random, sync::PushTuning* push) {
  constexpr size_t kInFlight[] = {1, 3, 8, 100};
  constexpr size_t kWindow[] = {4, 40, 2000, 2000};
  push->in_flight_max = kInFlight[random.Below(4)];
  push->window_max = kWindow[random.Below(4)];
  push->batch_max = random.Below(2) == 0 ? 1 : 2 + random.Below(24);
  push->bundle_max = random.Below(2) == 0 ? 1000 : 1 + random.Below(3);
}

Plan MakePlan(uint64_t seed, Mutant mutant) {
  Draw draw(seed);
  Plan plan;
  plan.seed = seed;
  plan.mutant = mutant;
  const int64_t shape = draw.Between(0, 11);
  plan.daemons = shape < 2 ? 2 : shape == 2 ? 3 : 1;
  plan.identities = shape == 3;
  if (plan.identities) plan.daemons = 2;
  plan.ledger = draw.Between(0, 2) == 0;
  plan.rounds = draw.Between(0, 2) == 0 ? 2 : 1;
  plan.operations = static_cast<int>(draw.Between(10, 60));
  plan.chaos_ms = draw.Between(10, 120) * 1000;
  plan.documents_max = draw.Coin() ? 4 : 40;
  DrawTuning(draw, &plan);
  plan.versions = draw.Between(0, 2) == 0;
  plan.conflict = static_cast<doors::ConflictMode>(draw.Between(0, 4));
  plan.prefer = draw.Coin() ? doors::Prefer::kClient : doors::Prefer::kServer;
  // The configuration demands that answers tell the version.
  plan.wide_answers = draw.Coin() || plan.versions;
  plan.offers = draw.Coin();
  plan.invokes = draw.Coin() ? 0 : 0.15;
  plan.refers = draw.Fault(0.5);
  plan.tuning.operations["notify"].ambiguous = sync::AmbiguousInvoke::kResend;
  plan.scoped = draw.Fault(0.4);
  plan.named = draw.Coin() ? 1 : 0.5;
  plan.twin = draw.Fault(0.3);
  plan.poison = draw.Fault(0.15);
  // Lanes that back off count against the window: only where it is wide do the others get by.
  const bool wide = plan.tuning.push.window_max >= 40;
  plan.stuck = draw.Between(0, 3) == 0 && wide ? 0.03 : 0;
  DrawFaults(draw, &plan);
  DrawPolls(&plan);
  if (plan.versions && draw.Coin()) plan.foreign_write = 0.2 + 0.6 * draw.Unit();
  DrawLive(&plan);
  return plan;
}

}  // namespace tideover::sim
