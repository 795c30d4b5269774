// What must be right before a WebSocket opens, from the URL to the server's answer.
#include "net/web_socket_fixture.h"
#include "support/test_certificate.h"

namespace tideover::net {
namespace {

using support::TestCertificate;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class WebSocketUpgradeTest : public WebSocketTest {
 protected:
  using Headers = HttpServer::Headers;

  // How it ends with a server that answers the upgrade so.
  WebSocketEnded EndOfUpgrade(HttpServer::Reply reply, WebSocketRequest request = {}) {
    WebSocketServer server(
        HttpServer::Handler([reply](const HttpServer::Request&) { return reply; }));
    request.url = server.Url("/realtime");
    return EndOf(std::move(request));
  }
  // The same with an answer that is sound but for one header; with an empty value it is left out.
  WebSocketEnded EndOfUpgradeWith(std::string name, std::string value,
                                  WebSocketRequest request = {}) {
    WebSocketServer server(HttpServer::Handler([name, value](const HttpServer::Request& upgrade) {
      Headers headers;
      for (const auto& header : WebSocketServer::AcceptingHeaders(upgrade)) {
        if (header.first != name) headers.push_back(header);
      }
      if (!value.empty()) headers.emplace_back(name, value);
      return WebSocketServer::Upgrade(headers, Listen);
    }));
    request.url = server.Url("/realtime");
    return EndOf(std::move(request));
  }
};

TEST_F(WebSocketUpgradeTest, TheRequestSaysWhatIsAskedFor) {
  WebSocketServer server(Listen);
  Open({.url = server.Url("/realtime?a=b&c"),
        .headers = {{"x-api-key", "da2-key"}, {"Authorization", "Bearer x"}},
        .subprotocols = "graphql-ws, header-e30",
        .subprotocol = "graphql-ws"});
  HttpServer::Request upgrade = server.http().requests().at(0);
  EXPECT_EQ(upgrade.method, "GET");
  EXPECT_EQ(upgrade.target, "/realtime?a=b&c");
  EXPECT_EQ(upgrade.Header("host"), "127.0.0.1:" + std::to_string(server.http().port()));
  EXPECT_EQ(upgrade.Header("upgrade"), "websocket");
  EXPECT_EQ(upgrade.Header("connection"), "Upgrade");
  EXPECT_EQ(upgrade.Header("sec-websocket-version"), "13");
  EXPECT_EQ(upgrade.Header("sec-websocket-key").size(), 24u);
  EXPECT_EQ(upgrade.Header("sec-websocket-protocol"), "graphql-ws, header-e30");
  EXPECT_EQ(upgrade.Header("sec-websocket-extensions"), "");
  EXPECT_EQ(upgrade.Header("x-api-key"), "da2-key");
  EXPECT_EQ(upgrade.Header("authorization"), "Bearer x");
}

TEST_F(WebSocketUpgradeTest, EachHasAKeyOfItsOwn) {
  WebSocketServer server(Listen);
  Open(server.Url("/"));
  Open(server.Url("/"));
  auto requests = server.http().requests();
  EXPECT_NE(requests.at(0).Header("sec-websocket-key"), requests.at(1).Header("sec-websocket-key"));
}

TEST_F(WebSocketUpgradeTest, ARefusalTellsItsStatusAndWhenToComeBack) {
  WebSocketEnded ended = EndOfUpgrade({.status = 401, .headers = {{"Retry-After", "7"}}});
  EXPECT_EQ(ended.http_status, 401);
  EXPECT_EQ(ended.retry_after, std::chrono::seconds(7));
  EXPECT_EQ(ended.close_code, 0);
  EXPECT_THAT(ended.message, HasSubstr("401"));
}

TEST_F(WebSocketUpgradeTest, AnAnswerWithoutAnUpgradeIsARefusal) {
  for (int status : {200, 204, 301, 426, 503}) {
    WebSocketEnded ended =
        EndOfUpgrade({.status = status, .headers = {{"Location", "http://127.0.0.1/secret"}}});
    EXPECT_EQ(ended.http_status, status);
    EXPECT_EQ(ended.retry_after, std::nullopt);
    EXPECT_THAT(ended.message, Not(HasSubstr("secret")));
  }
}

TEST_F(WebSocketUpgradeTest, AnAcceptThatDoesNotMatchIsRefused) {
  // Of the example in RFC 6455, and none at all.
  for (const char* accept : {"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", ""}) {
    WebSocketEnded ended = EndOfUpgradeWith("Sec-WebSocket-Accept", accept);
    EXPECT_FALSE(opened());
    EXPECT_EQ(ended.http_status, 0);
    EXPECT_THAT(ended.message, HasSubstr("prove"));
  }
}

TEST_F(WebSocketUpgradeTest, AnUpgradeToSomethingElseIsRefused) {
  EXPECT_THAT(EndOfUpgradeWith("Upgrade", "h2c").message, HasSubstr("something else"));
  EXPECT_THAT(EndOfUpgradeWith("Upgrade", "").message, HasSubstr("something else"));
  EXPECT_THAT(EndOfUpgradeWith("Connection", "close").message, HasSubstr("something else"));
  EXPECT_THAT(EndOfUpgradeWith("Connection", "").message, HasSubstr("something else"));
}

TEST_F(WebSocketUpgradeTest, ASubprotocolThatIsNeededMustBeSelected) {
  WebSocketRequest request{.subprotocols = "graphql-ws, header-c2VjcmV0",
                           .subprotocol = "graphql-ws"};
  for (const char* selected :
       {"", "header-c2VjcmV0", "GRAPHQL-WS", "graphql-ws, header-c2VjcmV0"}) {
    WebSocketEnded ended = EndOfUpgradeWith("Sec-WebSocket-Protocol", selected, request);
    EXPECT_FALSE(opened()) << selected;
    EXPECT_THAT(ended.message, HasSubstr("graphql-ws"));
    EXPECT_THAT(ended.message, Not(HasSubstr("c2VjcmV0")));
  }
}

TEST_F(WebSocketUpgradeTest, ASubprotocolThatWasNotOfferedIsRefused) {
  for (const char* offered : {"", "mqtt, other"}) {
    EndOfUpgradeWith("Sec-WebSocket-Protocol", "graphql-ws", {.subprotocols = offered});
    EXPECT_FALSE(opened()) << offered;
  }
}

TEST_F(WebSocketUpgradeTest, WithoutANeedAnySubprotocolOfThoseOfferedWillDo) {
  WebSocketServer server(Listen);
  Open({.url = server.Url("/"), .subprotocols = "mqtt, other"});
  Open({.url = server.Url("/")});
}

TEST_F(WebSocketUpgradeTest, AnExtensionIsRefused) {
  WebSocketEnded ended = EndOfUpgradeWith("Sec-WebSocket-Extensions", "permessage-deflate");
  EXPECT_FALSE(opened());
  EXPECT_THAT(ended.message, HasSubstr("extension"));
}

TEST_F(WebSocketUpgradeTest, WhatIsNotHttpIsRefusedWithoutWaitingForMore) {
  for (const char* garbage : {"SSH-2.0-OpenSSH_9.2\r\n", "\x16\x03\x01", "HTTP/2.0 101 \r\n\r\n",
                              "HTTP/1.1 what\r\n\r\n"}) {
    EXPECT_THAT(EndOfUpgrade({.raw = garbage, .then = HttpServer::Then::kHold}).message,
                HasSubstr("no HTTP"));
  }
}

TEST_F(WebSocketUpgradeTest, AConnectionThatIsCutBeforeTheAnswerEnds) {
  for (size_t sent : {0, 5, 40}) {
    WebSocketEnded ended =
        EndOfUpgrade({.raw = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n",
                      .bytes_max = sent,
                      .then = HttpServer::Then::kClose});
    EXPECT_EQ(ended.http_status, 0);
    EXPECT_THAT(ended.message, HasSubstr("cut"));
  }
}

TEST_F(WebSocketUpgradeTest, ARefusedConnectionEndsWithoutTellingThePath) {
  WebSocketEnded ended =
      EndOf("ws://127.0.0.1:" + std::to_string(support::UnusedPort()) + "/secret?token=x");
  EXPECT_EQ(ended.http_status, 0);
  EXPECT_THAT(ended.message, HasSubstr("127.0.0.1"));
  EXPECT_THAT(ended.message, Not(HasSubstr("secret")));
  EXPECT_THAT(ended.message, Not(HasSubstr("token")));
}

TEST_F(WebSocketUpgradeTest, ANameWithoutAnAddressEnds) {
  EXPECT_THAT(EndOf("wss://nowhere.invalid/").message, HasSubstr("nowhere.invalid"));
}

TEST_F(WebSocketUpgradeTest, AnUnknownAuthorityIsNotAskedForAnything) {
  TestCertificate certificate;
  TestCertificate other;
  WebSocketServer server(Listen, &certificate);
  options_.ca_file = other.cert_file();
  EXPECT_THAT(EndOf(server.Url("/")).message, HasSubstr("certificate"));
  EXPECT_THAT(server.http().requests(), IsEmpty());
  EXPECT_EQ(server.http().connections(), 1);
}

TEST_F(WebSocketUpgradeTest, ACertificateForAnotherHostIsNotAskedForAnything) {
  TestCertificate certificate("DNS:other.example,IP:127.0.0.2");
  WebSocketServer server(Listen, &certificate);
  options_.ca_file = certificate.cert_file();
  EndOf(server.Url("/"));
  EXPECT_FALSE(opened());
  EXPECT_THAT(server.http().requests(), IsEmpty());
}

TEST_F(WebSocketUpgradeTest, AProxyThatRefusesEndsWithoutTellingItsPassword) {
  HttpServer proxy([](const HttpServer::Request&) {
    return HttpServer::Reply{.status = 407, .headers = {{"proxy-authenticate", "Basic"}}};
  });
  options_.proxy = proxy.Url("");
  options_.proxy_credentials = "user:hunter2";
  WebSocketEnded ended = EndOf("wss://backend.invalid/realtime");
  EXPECT_EQ(ended.http_status, 0);
  EXPECT_THAT(ended.message, HasSubstr("407"));
  EXPECT_THAT(ended.message, Not(HasSubstr("hunter2")));
  auto requests = proxy.requests();
  ASSERT_FALSE(requests.empty());
  EXPECT_EQ(requests[0].target, "backend.invalid:443");
  EXPECT_EQ(requests[0].Header("proxy-authorization"), "Basic dXNlcjpodW50ZXIy");
}

TEST_F(WebSocketUpgradeTest, PlainIsForLoopbackAloneAndWhereItIsAllowed) {
  WebSocketServer server(Listen);
  EXPECT_THAT(EndOf("ws://192.0.2.1/").message, HasSubstr("not allowed"));
  options_.allow_plain_http_loopback = false;
  EXPECT_THAT(EndOf(server.Url("/")).message, HasSubstr("not allowed"));
  EXPECT_EQ(server.http().connections(), 0);
}

TEST_F(WebSocketUpgradeTest, UrlsThatAreNotMeantAreRefused) {
  WebSocketServer server(Listen);
  std::string host = "127.0.0.1:" + std::to_string(server.http().port());
  for (const std::string& url :
       {std::string(), host, "http://" + host + "/", "https://" + host + "/",
        "ws://me:secret@" + host + "/", "ws://" + host + "/\r\nX: y", "ws://" + host + "/a b"}) {
    EXPECT_THAT(EndOf(url).message, HasSubstr("URL")) << url;
    EXPECT_THAT(ended().message, Not(HasSubstr("secret")));
  }
  EXPECT_EQ(server.http().connections(), 0);
}

TEST_F(WebSocketUpgradeTest, HeadersThatMustNotBeSentAreRefused) {
  WebSocketServer server(Listen);
  const Headers bad = {{"X-A", "1\r\nX-B: 2"},
                       {"a b", "v"},
                       {"a", std::string("v\0w", 3)},
                       {"Connection", "close"},
                       {"Upgrade", "h2c"},
                       {"Host", "other.example"},
                       {"Sec-WebSocket-Key", "k"},
                       {"sec-websocket-protocol", "p"}};
  for (const auto& header : bad) {
    EXPECT_THAT(EndOf({.url = server.Url("/"), .headers = {header}}).message, HasSubstr("header"))
        << header.first;
  }
  EndOf({.url = server.Url("/"), .subprotocols = "a\r\nX-B: 2"});
  EXPECT_FALSE(opened());
  EXPECT_EQ(server.http().connections(), 0);
}

TEST_F(WebSocketUpgradeTest, TheEnvironmentNamesNoProxy) {
  WebSocketServer server(Listen);
  std::string nowhere = "http://127.0.0.1:" + std::to_string(support::UnusedPort());
  for (const char* name : {"http_proxy", "https_proxy", "all_proxy"}) {
    setenv(name, nowhere.c_str(), 1);
  }
  Open(server.Url("/"));
  for (const char* name : {"http_proxy", "https_proxy", "all_proxy"}) unsetenv(name);
}

}  // namespace
}  // namespace tideover::net
