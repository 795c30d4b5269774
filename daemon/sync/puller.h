// Puller: keeps what the server confirmed fresh: asks for the whole list of a collection at start,
// when it is polled, when mutations of it have settled, when the backend tells of changes without
// telling them all, when somebody reads what has become stale, and when the outcome of a create
// must be read back. One list of a collection at a time; never waits for pushes and makes none
// wait. A resource of the engine; on the loop thread; no I/O of its own.
#ifndef TIDEOVER_SYNC_PULLER_H_
#define TIDEOVER_SYNC_PULLER_H_

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sync/pusher.h"

namespace tideover::sync {

using ListDone = absl::AnyInvocable<void(absl::Status)>;

class Puller {
 public:
  Puller(Parts parts, const Pusher& pusher, absl::AnyInvocable<void()> wake);

  void Pump();
  void OnCommitted(const view::CommitNotice& notice);
  // Lists the collection ("": all) now; `done` exactly once. UNAVAILABLE while nothing may be sent.
  void SyncNow(const std::string& collection, ListDone done);
  // Somebody reads the collection.
  void Touch(const std::string& collection);
  // What is here of the collection is stale: the next Touch lists it.
  void Invalidate(const std::string& collection);
  // The backend said that something of the collection changed that only a list tells.
  void ToldOf(const std::string& collection);
  // Somebody begins to listen: a list that is asked for after that need not be asked for twice.
  // What nobody waits for is put off until then; nothing: not any longer.
  void PutOff(const std::string& collection, std::optional<base::MonoTime> until);
  // The network or the credentials are back: everything may be stale.
  void Refresh();

  std::optional<base::MonoTime> NextWake() const;
  bool Busy() const;

 private:
  struct Collection {
    store::CollectionId id = 0;
    const CollectionTuning* tuning = nullptr;
    bool listing = false;
    bool wanted = true;        // As soon as it may.
    bool settled = false;      // Mutations settled since the list was asked for.
    bool told = false;         // Since it was asked for: something that only a list tells.
    bool invalidated = false;  // Somebody said so since the list was asked for.
    uint32_t failures = 0;
    base::MonoTime not_before;  // Backoff.
    base::MonoTime put_off;     // Unless somebody waits for it.
    std::optional<base::MonoTime> poll_at;
    std::optional<base::MonoTime> asked_at;  // The newest list that was applied.
    base::Millis took{0};                    // From asking for it to its commit.
    std::vector<ListDone> waiting;           // For the next list.
    std::vector<ListDone> being_served;      // For the list under way.
    std::set<uint64_t> suspects;  // Creates under way at some moment since it was asked for.
    base::MonoTime asking_at;
    base::WallTime asking_wall;
    uint64_t asked_commit = 0;
    uint32_t agains = 0;  // Lists in a row that must be read again.
    // The newest list left out what something pending touched: once mutations settle, list again.
    bool owes = false;
    uint64_t settled_commit = 0;  // The newest in which one of the collection settled.
  };

  bool Due(const Collection& c, base::MonoTime now) const;
  std::optional<base::MonoTime> DueAt(const Collection& c) const;
  void Ask(const std::string& name, Collection* c);
  void OnList(const std::string& name, ListResult result);
  void OnMerged(const std::string& name, const doors::Answer& answer);
  void End(const std::string& name, Collection* c, const absl::Status& status,
           std::optional<base::Millis> retry_after);
  void Watch(Collection* c);
  void PayOwed(Collection* c);

  Parts parts_;
  const Pusher& pusher_;
  absl::AnyInvocable<void()> wake_;
  std::map<std::string, Collection> collections_;
  uint64_t last_commit_ = 0;
  std::shared_ptr<Puller*> self_;
};

}  // namespace tideover::sync

#endif  // TIDEOVER_SYNC_PULLER_H_
