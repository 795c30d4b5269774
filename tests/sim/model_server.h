// ModelServer: the backend (design section 13) as far as anybody can see it from outside. A
// resource of the simulation. It keeps account of every effect, for the checkers.
//
// Plain: no memory of mutation ids, whole lists, server-made ids ("todos"; "notes" honours ids of
// clients), an update of an unknown id succeeds without effect, a delete is idempotent.
//
// With a ledger: all ids are the clients', and each document remembers, also after its end, the
// newest mutation of each device that touched it: what is not newer is a repetition, answered with
// the document and carried out no more.
//
// With versions: each write of a document gives it the next one, also its deletion, and a write
// that was made on another version than the document has is answered with the document. Versions
// never go back: what a backup brings back is a new version of it.
//
// Where two identities share a machine, each has documents of its own.
#ifndef TIDEOVER_TESTS_SIM_MODEL_SERVER_H_
#define TIDEOVER_TESTS_SIM_MODEL_SERVER_H_

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "sim/plan.h"
#include "sim/world.h"
#include "sync/upstream.h"

namespace tideover::sim {

// Who wrote: a daemon's mutation, or another program (seq 0).
struct Author {
  int daemon = 0;
  uint64_t seq = 0;
  auto operator<=>(const Author&) const = default;
};

// One execution of a write at the server.
struct Effect {
  int daemon = 0;
  std::vector<uint64_t> seqs;  // The mutations that it carried.
  uint32_t attempt = 0;        // Which one of the first of them.
  int64_t base_version = 0;    // That it was said to be made on.
  std::string id;              // The document, by the server's id.
  std::optional<json::Value> before;
  std::optional<json::Value> after;
  size_t history = 0;  // How many writes the document had seen before.
};

// One version of a document; the writes of the server's whole life, one after the other.
struct Version {
  int64_t number = 0;  // The server's to choose.
  Author author;       // Of a bundle its newest mutation.
  std::optional<json::Value> document;
  bool blind = false;    // Its author knew no version before.
  bool invoked = false;  // What a custom operation did.
};

using Documents = std::map<std::string, json::Value>;

class ModelServer {
 public:
  ModelServer(World& world, const Plan& plan) : world_(world), plan_(plan) {}

  // Carries the request out, or refuses it.
  sync::PushResult Execute(int daemon, const std::string& collection,
                           const sync::PushRequest& request);
  std::vector<json::Value> List(int daemon, const std::string& collection);
  // What became of the document; empty where there are no versions.
  const std::vector<Version>& HistoryOf(const std::string& id) const;
  // Something another program does.
  void ForeignWrite();
  // A backup is made; later it is put back, and what happened since is forgotten.
  void Backup();
  void Restore();
  bool restored() const { return restores_ > 0; }
  int restores() const { return restores_; }

  // Where the collection's documents are for the daemon.
  std::string Place(int daemon, const std::string& collection) const;
  // A document of the place has changed; as it leaves the server, also when it is gone.
  std::function<void(const std::string& place, const json::Value& said)> on_change =
      [](const std::string&, const json::Value&) {};

  const Documents& documents(int daemon, const std::string& collection) {
    return state_.collections[Place(daemon, collection)];
  }
  // Executions of each mutation.
  int TimesApplied(Author author) const;
  // The server refused it at least once.
  bool Refused(Author author) const { return refused_.contains(author); }
  void Refuse(Author author) { refused_.insert(author); }
  // Who made the document; nobody: {0, 0}.
  Author MakerOf(const std::string& id) const;
  // Effects since the last call.
  std::vector<Effect> TakeEffects() { return std::exchange(effects_, {}); }
  // A custom operation changed the document.
  bool Invoked(const std::string& id) const { return by_invoke_.contains(id); }
  // Somebody other than its maker changed a document that this create made.
  bool Meddled(Author create) const { return meddled_.contains(create); }

 private:
  struct Newest {
    uint64_t seq = 0;
    std::string mutation_id;  // An edit gives it another.
  };
  // All that a backup holds.
  struct State {
    std::map<std::string, Documents> collections;
    // By document, then device: its newest mutation that touched it. Only with a ledger.
    std::map<std::string, std::map<int, Newest>> devices;
    // Custom operations that were carried out, by device and mutation id. Only
    // with a ledger.
    std::map<std::string, sync::PushResult> invoked;
  };
  std::string NewId();
  std::optional<sync::PushResult> Repeated(const std::string& place, Author author,
                                           const sync::PushRequest& request);
  std::optional<sync::PushResult> Refusal(const Documents& documents, Author author,
                                          const sync::PushRequest& request, const std::string& id);
  std::optional<sync::PushResult> Conflict(const Documents& documents,
                                           const sync::PushRequest& request, int daemon,
                                           const std::string& id);
  sync::PushResult Invoke(int daemon, const sync::PushRequest& request);
  void Finish(int daemon, const sync::PushRequest& request, const std::string& id);
  void Make(int daemon, const sync::PushRequest& request);
  void CheckReferences(int daemon, const sync::PushRequest& request);
  void CheckTaint(int daemon, const sync::PushRequest& request);
  // The document is another now.
  void Changed(const std::string& place, const std::string& id, const Version& version);
  // As it leaves the server.
  json::Value Said(const std::string& id, const json::Value& document) const;

  World& world_;
  const Plan& plan_;
  State state_;
  State backup_;
  int restores_ = 0;
  std::map<std::string, Author> makers_;  // By document id.
  std::map<std::string, std::vector<Version>> history_;
  std::map<Author, int> applied_;
  std::map<Author, bool> meddled_;
  std::set<Author> refused_;
  std::set<std::string> by_invoke_;  // Documents that custom operations changed.
  std::vector<Effect> effects_;
  uint64_t next_id_ = 1;
};

}  // namespace tideover::sim

#endif  // TIDEOVER_TESTS_SIM_MODEL_SERVER_H_
