// No request leaves for a server that has not proved who it is.
#include "net/net_fixture.h"
#include "support/test_certificate.h"

namespace tideover::net {
namespace {

using support::TestCertificate;
using testing::HasSubstr;
using testing::IsEmpty;

class HttpTlsTest : public NetTest {
 protected:
  static HttpServer::Reply Ok(const HttpServer::Request&) { return {.body = "ok"}; }
};

TEST_F(HttpTlsTest, TrustsTheGivenAuthorityAndReusesTheConnection) {
  TestCertificate certificate;
  HttpServer server(Ok, &certificate);
  options_.ca_file = certificate.cert_file();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(ResponseOf(Post(server.Url("/graphql"), "n")).body, "ok");
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpTlsTest, AnUnknownAuthorityIsNotSent) {
  TestCertificate certificate;
  TestCertificate other;
  HttpServer server(Ok, &certificate);
  options_.ca_file = other.cert_file();
  HttpResult result = Post(server.Url("/"), "body that must stay");
  EXPECT_EQ(FailureOf(result).delivery, Delivery::kNotSent);
  EXPECT_THAT(FailureOf(result).message, HasSubstr("certificate"));
  EXPECT_THAT(server.requests(), IsEmpty());
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpTlsTest, WithoutAnAuthorityOfItsOwnOnlyTheSystemsCount) {
  TestCertificate certificate;
  HttpServer server(Ok, &certificate);
  EXPECT_EQ(FailureOf(Post(server.Url("/"))).delivery, Delivery::kNotSent);
  EXPECT_THAT(server.requests(), IsEmpty());
}

TEST_F(HttpTlsTest, ACertificateForAnotherHostIsNotSent) {
  TestCertificate certificate("DNS:other.example,IP:127.0.0.2");
  HttpServer server(Ok, &certificate);
  options_.ca_file = certificate.cert_file();
  HttpResult result = Post(server.Url("/"));
  EXPECT_EQ(FailureOf(result).delivery, Delivery::kNotSent);
  EXPECT_THAT(server.requests(), IsEmpty());
}

TEST_F(HttpTlsTest, AServerWithoutTlsIsNotSentAnythingPlain) {
  options_.connect_timeout = std::chrono::milliseconds(200);
  HttpServer plain(Ok);
  HttpResult result = Post("https://127.0.0.1:" + std::to_string(plain.port()) + "/");
  EXPECT_EQ(FailureOf(result).delivery, Delivery::kNotSent);
  EXPECT_THAT(plain.requests(), IsEmpty());
}

TEST_F(HttpTlsTest, AnAuthorityFileThatIsMissingIsNotSent) {
  TestCertificate certificate;
  HttpServer server(Ok, &certificate);
  options_.ca_file = certificate.cert_file() + ".missing";
  EXPECT_EQ(FailureOf(Post(server.Url("/"))).delivery, Delivery::kNotSent);
  EXPECT_THAT(server.requests(), IsEmpty());
}

TEST_F(HttpTlsTest, AResetAfterTheRequestIsUnknown) {
  TestCertificate certificate;
  HttpServer server(
      [](const HttpServer::Request&) {
        return HttpServer::Reply{.bytes_max = 0, .then = Then::kReset};
      },
      &certificate);
  options_.ca_file = certificate.cert_file();
  EXPECT_EQ(FailureOf(Post(server.Url("/"))).delivery, Delivery::kUnknown);
}

}  // namespace
}  // namespace tideover::net
