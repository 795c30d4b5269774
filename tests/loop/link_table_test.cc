// What LinkTable makes of the kernel's answers, true ones and hostile ones.
#include "loop/link_table.h"

#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include "base/random.h"

namespace tideover::loop {
namespace {

constexpr uint32_t kRequest = 7;
constexpr int kLo = 1;
constexpr int kEth = 2;

template <typename T>
std::string Bytes(const T& value) {
  return std::string(reinterpret_cast<const char*>(&value), sizeof value);
}

std::string Padded(std::string bytes) {
  bytes.resize(NLMSG_ALIGN(bytes.size()));
  return bytes;
}

std::string Message(uint16_t type, const std::string& payload, uint16_t flags = NLM_F_MULTI) {
  nlmsghdr header{};
  header.nlmsg_len = static_cast<uint32_t>(sizeof header + payload.size());
  header.nlmsg_type = type;
  header.nlmsg_flags = flags;
  header.nlmsg_seq = kRequest;
  return Padded(Bytes(header) + payload);
}

std::string Attribute(uint16_t type, const std::string& value) {
  rtattr header{};
  header.rta_len = static_cast<uint16_t>(sizeof header + value.size());
  header.rta_type = type;
  return Padded(Bytes(header) + value);
}

std::string Link(int index, unsigned flags) {
  ifinfomsg link{};
  link.ifi_index = index;
  link.ifi_flags = flags;
  return Message(RTM_NEWLINK, Bytes(link) + Attribute(IFLA_IFNAME, "eth0"));
}

struct AddressOptions {
  int family = AF_INET;
  unsigned char scope = RT_SCOPE_UNIVERSE;
  uint32_t flags = 0;
  std::string bytes = "\x0a\x01\x01\x02";
};

std::string Address(int index, const AddressOptions& options = {}) {
  ifaddrmsg address{};
  address.ifa_family = static_cast<unsigned char>(options.family);
  address.ifa_index = static_cast<unsigned>(index);
  address.ifa_scope = options.scope;
  return Message(RTM_NEWADDR, Bytes(address) + Attribute(IFA_ADDRESS, options.bytes) +
                                  Attribute(IFA_FLAGS, Bytes(options.flags)));
}

struct RouteOptions {
  int family = AF_INET;
  unsigned char type = RTN_UNICAST;
  unsigned flags = 0;
  unsigned char prefix = 24;
  std::string destination = std::string("\x0a\x01\x01\x00", 4);
  std::string gateway = "";
};

std::string Route(int index, const RouteOptions& options = {}) {
  rtmsg route{};
  route.rtm_family = static_cast<unsigned char>(options.family);
  route.rtm_type = options.type;
  route.rtm_flags = options.flags;
  route.rtm_dst_len = options.prefix;
  std::string attributes = Attribute(RTA_OIF, Bytes(index));
  if (options.prefix > 0) attributes += Attribute(RTA_DST, options.destination);
  if (!options.gateway.empty()) attributes += Attribute(RTA_GATEWAY, options.gateway);
  return Message(RTM_NEWROUTE, Bytes(route) + attributes);
}

constexpr unsigned kRuns = IFF_UP | IFF_RUNNING;

LinkPicture PictureOf(const std::string& messages) {
  LinkTable table;
  const auto last = table.Add(messages, kRequest);
  EXPECT_TRUE(last.ok()) << last.status();
  return table.Picture();
}

bool Up(const std::string& messages) { return PictureOf(messages).up(); }

TEST(LinkTable, ALinkThatRunsWithAddressAndRouteIsUp) {
  EXPECT_TRUE(Up(Link(kEth, kRuns) + Address(kEth) + Route(kEth)));
}

TEST(LinkTable, EachOfTheThreeIsNeeded) {
  EXPECT_FALSE(Up(Address(kEth) + Route(kEth)));
  EXPECT_FALSE(Up(Link(kEth, kRuns) + Route(kEth)));
  EXPECT_FALSE(Up(Link(kEth, kRuns) + Address(kEth)));
  EXPECT_FALSE(Up(Link(kEth, IFF_UP) + Address(kEth) + Route(kEth))) << "no carrier";
  EXPECT_FALSE(Up(Link(kEth, kRuns) + Address(kEth) + Route(3))) << "another link's route";
}

TEST(LinkTable, LoopbackDoesNotCount) {
  EXPECT_FALSE(Up(Link(kLo, kRuns | IFF_LOOPBACK) + Address(kLo) + Route(kLo)));
}

TEST(LinkTable, AddressesThatLeadNowhereDoNotCount) {
  const std::string link = Link(kEth, kRuns);
  EXPECT_FALSE(Up(link + Address(kEth, {.scope = RT_SCOPE_LINK}) + Route(kEth)));
  EXPECT_FALSE(Up(link + Address(kEth, {.flags = IFA_F_TENTATIVE}) + Route(kEth)));
  EXPECT_FALSE(Up(link + Address(kEth, {.flags = IFA_F_DADFAILED}) + Route(kEth)));
}

TEST(LinkTable, RoutesThatLeadNowhereDoNotCount) {
  const std::string link = Link(kEth, kRuns) + Address(kEth);
  EXPECT_FALSE(Up(link + Route(kEth, {.type = RTN_BLACKHOLE})));
  EXPECT_FALSE(Up(link + Route(kEth, {.type = RTN_LOCAL})));
  EXPECT_FALSE(Up(link + Route(kEth, {.flags = RTNH_F_LINKDOWN})));
  EXPECT_FALSE(Up(link + Route(kEth, {.family = AF_INET6}))) << "of another family";
  const std::string v6 = Link(kEth, kRuns) + Address(kEth, {.family = AF_INET6});
  EXPECT_FALSE(Up(v6 + Route(kEth, {.family = AF_INET6,
                                    .prefix = 64,
                                    .destination = "\xfe\x80" + std::string(14, '\0')})));
  EXPECT_TRUE(Up(v6 + Route(kEth, {.family = AF_INET6, .prefix = 0})));
}

TEST(LinkTable, ARouteMayHaveSeveralNextHops) {
  rtmsg route{};
  route.rtm_family = AF_INET;
  route.rtm_type = RTN_UNICAST;
  rtnexthop dead{sizeof(rtnexthop), RTNH_F_DEAD, 0, kEth};
  rtnexthop alive{sizeof(rtnexthop), 0, 0, 3};
  const std::string message =
      Message(RTM_NEWROUTE, Bytes(route) + Attribute(RTA_MULTIPATH, Bytes(dead) + Bytes(alive)));
  EXPECT_FALSE(Up(Link(kEth, kRuns) + Address(kEth) + message));
  EXPECT_TRUE(Up(Link(3, kRuns) + Address(3) + message));
}

TEST(LinkTable, AnotherAddressOrGatewayIsAnotherPicture) {
  const std::string link = Link(kEth, kRuns);
  const LinkPicture before = PictureOf(link + Address(kEth) + Route(kEth));
  EXPECT_EQ(before, PictureOf(link + Address(kEth) + Route(kEth)));
  EXPECT_NE(before, PictureOf(link + Address(kEth, {.bytes = "\x0a\x01\x01\x03"}) + Route(kEth)));
  EXPECT_NE(before, PictureOf(link + Address(kEth) + Route(kEth) +
                              Route(kEth, {.prefix = 0, .gateway = "\x0a\x01\x01\x01"})));
}

TEST(LinkTable, KnowsTheEndAndPassesOverWhatIsNotItsAnswer) {
  LinkTable table;
  EXPECT_FALSE(*table.Add(Link(kEth, kRuns), kRequest));
  EXPECT_FALSE(*table.Add(Message(NLMSG_DONE, "0000"), kRequest + 1)) << "of another request";
  EXPECT_FALSE(*table.Add(Message(RTM_NEWNEIGH, "anything"), kRequest));
  EXPECT_TRUE(*table.Add(Address(kEth) + Route(kEth) + Message(NLMSG_DONE, "0000"), kRequest));
  EXPECT_TRUE(table.Picture().up());
}

TEST(LinkTable, ADumpThatIsNotOfOneMomentIsAskedForAgain) {
  LinkTable table;
  const auto torn = table.Add(Message(RTM_NEWLINK, "", NLM_F_MULTI | NLM_F_DUMP_INTR), kRequest);
  EXPECT_TRUE(absl::IsUnavailable(torn.status())) << torn.status();
  EXPECT_TRUE(absl::IsUnavailable(table.Add(Message(NLMSG_OVERRUN, ""), kRequest).status()));
  EXPECT_FALSE(table.Add(Message(NLMSG_ERROR, "1234"), kRequest).ok());
}

TEST(LinkTable, EveryTruncationIsRefusedOrHarmless) {
  for (const std::string& message : {Link(kEth, kRuns), Address(kEth), Route(kEth)}) {
    for (size_t size = 1; size < message.size(); ++size) {
      LinkTable table;
      EXPECT_FALSE(table.Add(message.substr(0, size), kRequest).ok()) << size;
      // The same with a header that admits it.
      std::string honest = message.substr(0, size);
      if (size < sizeof(nlmsghdr)) continue;
      const auto length = static_cast<uint32_t>(size);
      honest.replace(0, 4, Bytes(length));
      (void)table.Add(honest, kRequest);
      (void)table.Picture();
    }
  }
}

TEST(LinkTable, SurvivesAnyBytes) {
  base::SeededRandom random(1);
  const std::string good = Link(kEth, kRuns) + Address(kEth) + Route(kEth) + Route(kEth);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = good;
    for (int i = 0; i < 3; ++i) {
      bytes[random.Below(bytes.size())] = static_cast<char>(random.Below(256));
    }
    LinkTable table;
    (void)table.Add(bytes, kRequest);
    (void)table.Picture();
  }
}

TEST(LinkTable, RemembersABoundedNumberOfFacts) {
  LinkTable table;
  ASSERT_TRUE(table.Add(Link(kEth, kRuns) + Route(kEth), kRequest).ok());
  for (uint32_t i = 0; i < 2 * kLinkFactsMax; ++i) {
    ASSERT_TRUE(table.Add(Address(kEth, {.bytes = Bytes(i)}), kRequest).ok());
  }
  EXPECT_EQ(table.Picture().ways.size(), kLinkFactsMax);
}

}  // namespace
}  // namespace tideover::loop
