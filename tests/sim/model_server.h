// ModelServer: the plain backend (design section 13) as far as anybody can see it from outside: no
// versions, no memory of mutation ids, whole lists, server-made ids ("todos"; "notes" honours ids
// of clients), an update of an unknown id succeeds without effect, a delete is idempotent. A
// resource of the simulation. It keeps account of every effect, for the checkers.
#ifndef TIDEOVER_TESTS_SIM_MODEL_SERVER_H_
#define TIDEOVER_TESTS_SIM_MODEL_SERVER_H_

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
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
  std::string id;              // The document, by the server's id.
};

using Documents = std::map<std::string, json::Value>;

class ModelServer {
 public:
  ModelServer(World& world, bool wide_answers) : world_(world), wide_(wide_answers) {}

  // Carries the request out, or refuses it.
  sync::PushResult Execute(int daemon, const std::string& collection,
                           const sync::PushRequest& request);
  std::vector<json::Value> List(const std::string& collection) const;
  // Something another program does.
  void ForeignWrite();

  const Documents& documents(const std::string& collection) { return collections_[collection]; }
  // Executions of each mutation.
  int TimesApplied(Author author) const;
  // The server refused it at least once.
  bool Refused(Author author) const { return refused_.contains(author); }
  // Who made the document; nobody: {0, 0}.
  Author MakerOf(const std::string& id) const;
  // Effects since the last call.
  std::vector<Effect> TakeEffects() { return std::exchange(effects_, {}); }
  // Somebody other than its maker changed a document that this create made.
  bool Meddled(Author create) const { return meddled_.contains(create); }

 private:
  std::string NewId();

  World& world_;
  const bool wide_;
  std::map<std::string, Documents> collections_;
  std::map<std::string, Author> makers_;  // By document id.
  std::map<Author, int> applied_;
  std::map<Author, bool> meddled_;
  std::set<Author> refused_;
  std::vector<Effect> effects_;
  uint64_t next_id_ = 1;
};

}  // namespace tideover::sim

#endif  // TIDEOVER_TESTS_SIM_MODEL_SERVER_H_
