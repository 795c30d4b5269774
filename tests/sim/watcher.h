// Watcher: an app that watches everything of one daemon, by view::ChangeFeed and a snapshot of the
// store, as the API's watches do: it may be slow, go away and resume, and outlive the daemon. Its
// copy is checked (invariant 7): whenever it has taken all that there is, it shows each document as
// the store does, and no document's revision ever goes back or stands for two views. A resource of
// its SimDaemon's simulation.
#ifndef TIDEOVER_TESTS_SIM_WATCHER_H_
#define TIDEOVER_TESTS_SIM_WATCHER_H_

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "sim/world.h"
#include "store/env.h"
#include "view/change_feed.h"

namespace tideover::sim {

class Watcher {
 public:
  Watcher(World& world, int daemon, Millis pause_max)
      : world_(world), daemon_(daemon), pause_max_(pause_max) {}
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  // The daemon is there (again); both outlive the next Detach.
  void Attach(view::ChangeFeed& feed, store::Env& env);
  void Detach();
  // Something may be there to take: called after each commit was published.
  void OnPublished();
  // When all is quiet: takes what is left and compares.
  void CheckQuiet();

 private:
  struct Seen {
    std::string view;
    uint64_t revision = 0;
  };
  using Key = std::pair<store::CollectionId, std::string>;

  void Wake();
  void TakeAll();
  void Subscribe();
  void Snapshot();
  void Look(const store::Reader& reader, const Key& key);
  void Show(const Key& key, std::string_view view, uint64_t revision);
  void Compare(const store::Reader& reader);

  World& world_;
  const int daemon_;
  const Millis pause_max_;
  view::ChangeFeed* feed_ = nullptr;
  store::Env* env_ = nullptr;
  std::unique_ptr<view::Subscription> subscription_;
  bool scheduled_ = false;
  uint64_t token_ = 0;  // The commit up to which everything was taken; 0: nothing yet.
  std::map<Key, Seen> copy_;
  std::map<Key, uint64_t> newest_;  // Revisions, also of documents that have gone.
  std::shared_ptr<bool> attached_;
};

}  // namespace tideover::sim

#endif  // TIDEOVER_TESTS_SIM_WATCHER_H_
