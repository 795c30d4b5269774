// Listener: keeps listening to what the backend tells by itself, where it does: begins as soon as
// the network allows, ends when it does not, begins anew after every end with backoff and jitter,
// and lets what was missed be listed. What is told of a document goes through the merge door; what
// only a list can tell is left to the puller. A resource of the engine; on the loop thread; no I/O
// of its own.
//
// Nothing is durable and nothing rests on it: a message that is lost here or on the way is made up
// for by the lists after each beginning and by the polls.
#ifndef TIDEOVER_SYNC_LISTENER_H_
#define TIDEOVER_SYNC_LISTENER_H_

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "doors/writer.h"
#include "sync/puller.h"

namespace tideover::sync {

// Documents that were told and wait for the writer, beside those that it has: no more than it takes
// into one turn. What is told beyond is left to a list.
inline constexpr size_t kToldWaitingMax = doors::kTurnMax;
// A connection that held for so long was a good one: the next wait begins small again.
inline constexpr base::Millis kHeldLong{60'000};
// So long a list is put off for the connection, which would have it asked for once more.
inline constexpr base::Millis kListenFirst{1'000};
// Where the backend refuses to tell, it is asked again after this.
inline constexpr base::Millis kRefusedWait{600'000};

class Listener {
 public:
  Listener(Parts parts, Puller& puller, absl::AnyInvocable<void()> wake);

  void Pump();
  // Connections are dead, or the credentials are others: everything begins anew, at once.
  void StartAnew();

  std::optional<base::MonoTime> NextWake() const;

 private:
  struct Collection {
    store::CollectionId id = 0;
    NetworkMode mode = NetworkMode::kOnline;
    LiveState state = LiveState::kNone;
    uint32_t failures = 0;
    base::MonoTime not_before;  // Backoff.
    base::MonoTime begun_at;
    bool probed = false;  // While nothing but probes may be sent: a list was asked for as one.
    // Whose events count: those of an earlier Listen are of the past.
    uint64_t round = 0;
  };

  void Listen(const std::string& name, Collection* c);
  void Stop(const std::string& name, Collection* c);
  void OnEvent(const std::string& name, Collection* c, LiveEvent event);
  void OnBegun(const std::string& name, Collection* c);
  void OnChange(const std::string& name, Collection* c, LiveChange change);
  void OnEnded(const std::string& name, Collection* c, const LiveEnded& ended);
  void Merge();
  void OnMerged(const std::set<std::string>& names, const doors::Answer& answer);
  void Publish(const std::string& name, LiveState state, const PushError& error = {});

  Parts parts_;
  Puller& puller_;
  absl::AnyInvocable<void()> wake_;
  std::map<std::string, Collection> collections_;  // Those that the backend tells.
  std::vector<doors::Told> told_;                  // For the next merge.
  bool merging_ = false;
  std::shared_ptr<Listener*> self_;
};

}  // namespace tideover::sync

#endif  // TIDEOVER_SYNC_LISTENER_H_
