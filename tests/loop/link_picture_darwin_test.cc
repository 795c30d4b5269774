// What macOS's half makes of getifaddrs, asked on Linux, whose getifaddrs answers the same
// questions: in a network namespace of the test's own. Its routing socket hears nothing here and is
// not tested.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

#include <set>
#include <string>

#include "loop/ip.h"
#include "loop/link_picture.h"

namespace tideover::loop {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class LinkPictureDarwinTest : public testing::Test {
 protected:
  void SetUp() override {
    if (unshare(CLONE_NEWNET) != 0) GTEST_SKIP() << "no network namespace may be made here";
    if (!Ip("link add out type veth peer name far")) GTEST_SKIP() << "no veth can be made here";
    // No address by itself: what IPv6, where there is any, gives a link would come when it likes.
    (void)Ip("link set out addrgenmode none");
    ASSERT_TRUE(Ip("link set out up") && Ip("link set far up"));
  }
  // The addresses that `out` has now; a picture that cannot be taken fails the test.
  static std::set<std::string> Ways() {
    const absl::StatusOr<LinkPicture> picture = ReadLinks();
    EXPECT_TRUE(picture.ok()) << picture.status();
    return picture.ok() ? picture->ways : std::set<std::string>{"none was taken"};
  }
};

TEST_F(LinkPictureDarwinTest, LoopbackIsNoWay) {
  ASSERT_TRUE(Ip("link set lo up"));
  EXPECT_THAT(Ways(), IsEmpty());
}

TEST_F(LinkPictureDarwinTest, AnAddressBeyondTheLinkIsAWay) {
  ASSERT_TRUE(Ip("addr add 10.9.0.1/24 dev out"));
  EXPECT_THAT(Ways(), SizeIs(1));
}

TEST_F(LinkPictureDarwinTest, SoIsOneOfIpv6) {
  if (!Ip("addr add 2001:db8::1/64 dev out nodad")) GTEST_SKIP() << "no IPv6 here";
  EXPECT_THAT(Ways(), SizeIs(1));
}

TEST_F(LinkPictureDarwinTest, AnAddressOfTheLinkAloneIsNone) {
  ASSERT_TRUE(Ip("addr add 169.254.7.8/16 dev out"));
  (void)Ip("addr add fe80::1/64 dev out nodad");
  EXPECT_THAT(Ways(), IsEmpty());
}

TEST_F(LinkPictureDarwinTest, ALinkThatDoesNotRunIsNone) {
  ASSERT_TRUE(Ip("addr add 10.9.0.1/24 dev out"));
  ASSERT_TRUE(Ip("link set far down"));
  EXPECT_THAT(Ways(), IsEmpty());
}

TEST_F(LinkPictureDarwinTest, AnotherAddressIsAnotherPicture) {
  ASSERT_TRUE(Ip("addr add 10.9.0.1/24 dev out"));
  const std::set<std::string> before = Ways();
  ASSERT_TRUE(Ip("addr del 10.9.0.1/24 dev out") && Ip("addr add 10.9.0.2/24 dev out"));
  EXPECT_NE(Ways(), before);
}

}  // namespace
}  // namespace tideover::loop
