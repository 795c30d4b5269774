// What the tests of the WebSocket share: a loop, options, and a WebSocket whose events are kept.
#ifndef TIDEOVER_TESTS_NET_WEB_SOCKET_FIXTURE_H_
#define TIDEOVER_TESTS_NET_WEB_SOCKET_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <concepts>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "net/web_socket.h"
#include "support/loop_runner.h"
#include "support/web_socket_server.h"

namespace tideover::net {

class WebSocketTest : public testing::Test {
 protected:
  using HttpServer = support::HttpServer;
  using WebSocketServer = support::WebSocketServer;
  using Frame = support::WebSocketFrame;
  using Opcode = support::Opcode;
  using Peer = support::WebSocketPeer;

  WebSocketTest() { options_.allow_plain_http_loopback = true; }

  // Texts come back as they are, until the client closes, which is answered.
  static void Echo(Peer& peer) {
    while (auto frame = peer.Receive()) {
      peer.Send({.opcode = frame->opcode, .payload = frame->payload});
      if (frame->opcode == Opcode::kClose) return;
    }
  }
  // Says nothing, and reads until the client has gone.
  static void Listen(Peer& peer) { peer.stream().WaitForEnd(); }

  WebSocket& Start(WebSocketRequest request) {
    events_.clear();
    socket_ = std::make_unique<WebSocket>(
        loop_, options_, std::move(request),
        [this](WebSocketEvent event) { events_.push_back(std::move(event)); });
    EXPECT_TRUE(events_.empty()) << "an event inside the constructor";
    return *socket_;
  }
  // A template, so that a request in braces cannot be meant.
  template <std::convertible_to<std::string> Url>
  WebSocket& Start(Url url) {
    return Start(WebSocketRequest{.url = std::move(url)});
  }

  bool RunUntil(absl::AnyInvocable<bool()> holds) {
    return support::RunUntil(loop_, [&holds] { return holds(); });
  }
  // One that has opened, or has ended in place of it.
  WebSocket& Open(WebSocketRequest request) {
    WebSocket& socket = Start(std::move(request));
    EXPECT_TRUE(RunUntil([this] { return !events_.empty(); }));
    EXPECT_TRUE(opened()) << ended().message;
    return socket;
  }
  template <std::convertible_to<std::string> Url>
  WebSocket& Open(Url url) {
    return Open(WebSocketRequest{.url = std::move(url)});
  }

  // How it ends, with its events left in events_.
  WebSocketEnded RunToEnd() {
    EXPECT_TRUE(RunUntil([this] { return has_ended(); }));
    support::RunPending(loop_);
    EXPECT_TRUE(has_ended()) << "something came after the end";
    return ended();
  }
  WebSocketEnded EndOf(WebSocketRequest request) {
    Start(std::move(request));
    return RunToEnd();
  }
  template <std::convertible_to<std::string> Url>
  WebSocketEnded EndOf(Url url) {
    return EndOf(WebSocketRequest{.url = std::move(url)});
  }

  bool opened() const {
    return !events_.empty() && std::holds_alternative<WebSocketOpened>(events_.front());
  }
  bool has_ended() const {
    return !events_.empty() && std::holds_alternative<WebSocketEnded>(events_.back());
  }
  // As the last event says; empty without one.
  WebSocketEnded ended() const {
    return has_ended() ? std::get<WebSocketEnded>(events_.back()) : WebSocketEnded{};
  }
  std::vector<std::string> messages() const {
    std::vector<std::string> texts;
    for (const WebSocketEvent& event : events_) {
      if (const auto* message = std::get_if<WebSocketMessage>(&event)) {
        texts.push_back(message->text);
      }
    }
    return texts;
  }
  bool RunUntilMessages(size_t count) {
    return RunUntil([this, count] { return messages().size() >= count || has_ended(); }) &&
           messages().size() == count;
  }

  loop::EventLoop loop_;
  HttpOptions options_;
  std::vector<WebSocketEvent> events_;
  std::unique_ptr<WebSocket> socket_;
};

}  // namespace tideover::net

#endif  // TIDEOVER_TESTS_NET_WEB_SOCKET_FIXTURE_H_
