// What the tests of Realtime share: sockets whose other end is the test, two collections that tell,
// and what was told of them, in short words.
#ifndef TIDEOVER_TESTS_APPSYNC_REALTIME_FIXTURE_H_
#define TIDEOVER_TESTS_APPSYNC_REALTIME_FIXTURE_H_

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "appsync/counted_auth.h"
#include "appsync/realtime.h"
#include "appsync/schemas.h"
#include "support/loop_runner.h"

namespace tideover::appsync {

// The server's end of one socket.
struct ServerEnd {
  net::WebSocketRequest request;
  net::WebSocket::OnEvent on_event;
  std::vector<json::Value> frames;
  bool dropped = false;
};

class WiredSocket final : public LiveSocket {
 public:
  explicit WiredSocket(std::shared_ptr<ServerEnd> end) : end_(std::move(end)) {}
  ~WiredSocket() override { end_->dropped = true; }
  void Send(std::string text) override { end_->frames.push_back(ParsedJson(text)); }

 private:
  const std::shared_ptr<ServerEnd> end_;
};

class RealtimeTest : public ::testing::Test {
 protected:
  using Events = std::vector<std::string>;

  RealtimeTest() {
    CollectionSource source = TodoSource();
    for (const char* field : {"onAddTodo", "onUpdateTodo"}) {
      OperationSource one;
      one.field = field;
      one.select = "statusCode todo { _id content }";
      one.document = "/todo";
      source.subscriptions.push_back(one);
    }
    const Introspection schema = SchemaOf(kTodoSchema);
    todos_ = BindCollection(source, &schema).value();
    projects_ = ProjectBinding();
    Make();
  }

  void Make(const std::string& url = "http://localhost:20002/graphql") {
    realtime_ = std::make_unique<Realtime>(
        loop_, auth_, url,
        [this](net::WebSocketRequest request, net::WebSocket::OnEvent on_event) {
          sockets_.push_back(std::make_shared<ServerEnd>());
          sockets_.back()->request = std::move(request);
          sockets_.back()->on_event = std::move(on_event);
          return std::make_unique<WiredSocket>(sockets_.back());
        },
        options_);
  }

  void Listen(const CollectionBinding& collection) {
    Events& events = told_[collection.name];
    events.clear();
    realtime_->Listen(collection, [&events](sync::LiveEvent event) {
      events.push_back(Shown(std::move(event)));
    });
    EXPECT_TRUE(events.empty()) << "told before the call returned";
    Settle();
  }
  // What happens by itself has happened.
  void Settle() { support::RunPending(loop_); }
  void WaitFor(const CollectionBinding& collection, size_t events) {
    EXPECT_TRUE(support::RunUntil(loop_, [&] { return told_[collection.name].size() >= events; }));
  }

  ServerEnd& server() { return *sockets_.back(); }
  void Say(net::WebSocketEvent event) {
    ASSERT_FALSE(server().dropped);
    server().on_event(std::move(event));
    Settle();
  }
  void Say(const std::string& frame) { Say(net::WebSocketMessage{frame}); }
  void SayOf(const std::string& type, const std::string& id, const std::string& payload = "{}") {
    Say(R"({"type":")" + type + R"(","id":")" + id + R"(","payload":)" + payload + "}");
  }
  void SayEnded(int http_status = 0, int close_code = 0, const std::string& message = "") {
    Say(net::WebSocketEnded{http_status, close_code, message, std::nullopt});
  }
  // Opens the newest socket.
  void Welcome(const std::string& payload = R"({"connectionTimeoutMs":300000})") {
    Say(net::WebSocketOpened{});
    Say(R"({"type":"connection_ack","payload":)" + payload + "}");
  }
  // The id of the newest start of that field; empty when it was not started.
  std::string IdOf(const std::string& field) {
    for (auto it = server().frames.rbegin(); it != server().frames.rend(); ++it) {
      const json::Value* data = json::Resolve(*it, "/payload/data");
      if (data == nullptr || data->text().find(" " + field + " ") == std::string::npos) continue;
      return it->Find("id")->text();
    }
    return "";
  }
  void Acknowledge(const CollectionBinding& collection) {
    for (const OperationBinding& one : collection.subscriptions) {
      SayOf("start_ack", IdOf(one.field));
    }
  }
  void Begin(const CollectionBinding& collection) {
    Listen(collection);
    if (sockets_.size() == 1 && server().frames.empty()) Welcome();
    Acknowledge(collection);
    ASSERT_EQ(told_[collection.name], Events{"begun"});
  }
  void SayTodo(const std::string& id, const std::string& content) {
    SayOf("data", IdOf("onAddTodo"),
          R"({"data":{"onAddTodo":{"statusCode":"200","todo":{"_id":")" + id + R"(","content":")" +
              content + R"("}}}})");
  }
  // Ids and types of the frames of that type, sent on the newest socket.
  std::vector<std::string> Sent(const std::string& type) {
    std::vector<std::string> ids;
    for (const json::Value& frame : server().frames) {
      const json::Value* id = frame.Find("id");
      if (frame.Find("type")->text() == type) ids.push_back(id == nullptr ? "" : id->text());
    }
    return ids;
  }

  static std::string Shown(sync::LiveEvent event) {
    if (std::holds_alternative<sync::LiveBegun>(event)) return "begun";
    if (const auto* change = std::get_if<sync::LiveChange>(&event)) {
      return change->document.has_value() ? json::Write(*change->document) : "something";
    }
    const auto& end = std::get<sync::LiveEnded>(event);
    const char* outcome = "retry: ";
    if (end.outcome == sync::PushClass::kUnauthorized) outcome = "unauthorized: ";
    if (end.outcome == sync::PushClass::kRejected) outcome = "rejected: ";
    return (sync::IsUnreachable(end.error) ? "unreachable, " : "") + std::string(outcome) +
           end.error.message;
  }

  loop::EventLoop loop_;
  CountedAuth auth_{loop_};
  RealtimeOptions options_;
  CollectionBinding todos_;
  CollectionBinding projects_;
  std::map<std::string, Events> told_;
  std::vector<std::shared_ptr<ServerEnd>> sockets_;
  std::unique_ptr<Realtime> realtime_;
};

}  // namespace tideover::appsync

#endif  // TIDEOVER_TESTS_APPSYNC_REALTIME_FIXTURE_H_
