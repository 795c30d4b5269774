// A state directory that was copied: two daemons go on from it, neither loses anything, and no
// mutation of one passes for one of the other.
#include <filesystem>
#include <set>

#include "e2e/e2e_test.h"

namespace tideover::e2e {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class CopiesTest : public E2eTest {
 protected:
  static std::set<std::string> IdsIn(App& app) {
    std::set<std::string> ids;
    for (const v1::Mutation& mutation : app.Mutations()) ids.insert(mutation.mutation_id());
    return ids;
  }
  static std::vector<std::string> AttentionOf(App& app) {
    const v1::DaemonStatus status = app.Status();
    return {status.attention().begin(), status.attention().end()};
  }
};

TEST_F(CopiesTest, BothGoOnAndNoIdIsUsedByBoth) {
  StartDaemon();
  app().SetNetwork(v1::NETWORK_SETTING_OFFLINE);
  const std::string told = app().Create("written before").mutation_id();
  ASSERT_EQ(daemon().Stop(), (support::Exit{.code = 0}));

  DaemonRun copy(backend().ready());
  std::filesystem::copy(daemon().state_dir(), copy.state_dir(),
                        std::filesystem::copy_options::recursive);
  std::filesystem::permissions(copy.state_dir(), std::filesystem::perms::owner_all);
  daemon().Start();
  copy.Start();
  EXPECT_THAT(AttentionOf(app()), Not(Contains(HasSubstr("copied"))));
  EXPECT_THAT(AttentionOf(copy.app()), Contains(HasSubstr("copied")));
  EXPECT_THAT(copy.process().err(), HasSubstr("it goes on as a new device"));

  app().Create("written in the original");
  copy.app().Create("written in the copy");
  const std::set<std::string> ours = IdsIn(app());
  EXPECT_EQ(ours.size(), 2u);
  EXPECT_TRUE(ours.contains(told));
  for (const std::string& id : IdsIn(copy.app())) EXPECT_FALSE(ours.contains(id)) << id;
  EXPECT_NE(copy.app().Mutation(told).mutation_id(), told) << "found by the id that an app knows";

  app().SetNetwork(v1::NETWORK_SETTING_AUTO);
  copy.app().SetNetwork(v1::NETWORK_SETTING_AUTO);
  app().WaitForOutboxEmpty();
  copy.app().WaitForOutboxEmpty();
  EXPECT_THAT(app().Mutations(), IsEmpty()) << "nothing was refused";
  EXPECT_THAT(copy.app().Mutations(), IsEmpty());
  ExpectAtBackend(
      {"written before", "written before", "written in the original", "written in the copy"});
}

TEST_F(CopiesTest, ADirectoryThatWasMovedIsNoCopy) {
  StartDaemon();
  ASSERT_EQ(daemon().Stop(), (support::Exit{.code = 0}));
  DaemonRun moved(backend().ready());
  std::filesystem::rename(daemon().state_dir(), moved.state_dir());
  moved.Start();
  EXPECT_THAT(AttentionOf(moved.app()), Not(Contains(HasSubstr("copied"))));
}

}  // namespace
}  // namespace tideover::e2e
