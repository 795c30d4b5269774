// VersionCheck: what must hold where the server has versions: what another wrote and the maker of a
// mutation had not seen is never overwritten without a word, and nothing is refused on account of
// our own writes. Which version an app saw is what the store had when its write was logged; a
// person who sends a mutation again has seen what the store has then.
//
//   last_write_wins         overwrites: that is its meaning
//   optimistic_concurrency, nothing is carried out on a version that its maker had not seen, unless
//   manual, handler         all that came between were mutations of the same lane
//   merge                   where the server is preferred: no member that others changed since; and
//                           what is confirmed was sent member by member, unless theirs stands
//
// A resource of the simulation.
#ifndef TIDEOVER_TESTS_SIM_VERSION_CHECK_H_
#define TIDEOVER_TESTS_SIM_VERSION_CHECK_H_

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "log/mutation.h"
#include "sim/model_server.h"
#include "sim/plan.h"
#include "sim/wire_check.h"
#include "sim/world.h"
#include "store/txn.h"
#include "sync/upstream.h"
#include "view/coalesce.h"

namespace tideover::sim {

class VersionCheck {
 public:
  VersionCheck(World& world, const Plan& plan, const ModelServer& server, const WireCheck& wire)
      : world_(world), plan_(plan), server_(server), wire_(wire) {}

  void OnLogged(Author author, const log::LogEntry& entry);
  // A person wants it sent, as it is or otherwise.
  void OnAsked(Author author) { asked_.insert(author); }
  void OnEdited(Author author) { saw_[author].decided = true; }
  // The server chose an id for the document.
  void OnRenamed(int daemon, const std::string& from, const std::string& to);
  // It was announced: a person may have been heard.
  void OnMoved(Author author, const store::Reader& reader);
  void OnAnswer(int daemon, const sync::PushRequest& request, const sync::PushResult& result);
  // `write` is what its attempt carried of each mutation.
  void OnEffect(const Effect& effect, const std::map<uint64_t, view::Write>& carried);
  void OnSettled(Author author, const log::SettledEntry& settled, const store::Reader& reader);

  // A person had a say in what it writes.
  bool IsDecided(Author author) const {
    const auto saw = saw_.find(author);
    return saw != saw_.end() && saw->second.decided;
  }

  // A conflict of the document was answered.
  bool HadConflict(int daemon, const std::string& id) const {
    return conflicts_.contains({daemon, id});
  }

 private:
  struct Saw {
    int64_t version = 0;
    int64_t first = 0;              // When it was made; 0: no version was known.
    log::Mutation mutation;         // As it was logged, with the ids that the server chose since.
    std::set<std::string> carried;  // Members that reached the server.
    bool decided = false;           // A person had a say in what it writes.
    bool met_own = false;           // The last conflict was with our own writes alone.
    bool told = false;              // Its answer showed what others wrote since.
  };
  void RaiseLane(int daemon, const store::Reader& reader, const log::Mutation& mutation);
  // The writer came before it: in the log, or because a person had it sent again later.
  bool IsOwn(Author writer, Author author) const {
    return writer.daemon == author.daemon && (writer.seq < author.seq || IsDecided(author));
  }
  // It took effect, and was refused or taken out all the same.
  bool IsDisowned(Author writer) const { return wire_.Split(writer) || disowned_.contains(writer); }
  bool OthersWrote(Author author, int64_t from, int64_t to, const std::string& id) const;
  // One of its versions was written by what was refused or taken out all the same.
  bool AnyDisowned(const std::string& id) const;
  // Who changed the member in that time, in order.
  std::vector<Author> WhoChanged(int64_t from, int64_t to, const std::string& id,
                                 const std::string& member) const;
  // The mutation was made on top of one of ours that wanted that.
  bool WantedBefore(Author author, const std::string& member, const json::Value& value) const;
  std::optional<json::Value> SeenBy(Author author, const std::string& id, int64_t version) const;
  // `names` are the members that it wrote.
  void CheckMembers(Author author, const Effect& effect, const std::set<std::string>& names);
  void CheckMerged(const Effect& effect, const std::map<uint64_t, view::Write>& carried);
  void CheckAllCarried(Author author, const log::SettledEntry& settled);
  int64_t ChainBegan(Author author, const std::string& id, const std::string& member) const;
  bool SaidBefore(Author author, const std::string& id, const json::Member& member) const;
  bool InvokedSince(const std::string& id, int64_t version) const;
  bool StoodThere(const std::string& id, const std::string& member, const json::Value& value) const;

  World& world_;
  const Plan& plan_;
  const ModelServer& server_;
  const WireCheck& wire_;
  std::map<Author, Saw> saw_;
  std::set<Author> asked_;
  std::set<Author> disowned_;                        // Ended otherwise than confirmed.
  std::set<std::pair<int, std::string>> conflicts_;  // Daemon and document.
};

}  // namespace tideover::sim

#endif  // TIDEOVER_TESTS_SIM_VERSION_CHECK_H_
