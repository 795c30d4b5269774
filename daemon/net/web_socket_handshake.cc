#include "net/web_socket_handshake.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "base/check.h"
#include "base/status_macros.h"
#include "net/http_head.h"
#include "net/retry_after.h"

namespace tideover::net {
namespace {

// RFC 6455, section 1.3.
constexpr std::string_view kAcceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::string_view kHeadEnd = "\r\n\r\n";

std::string Base64(const unsigned char* bytes, size_t size) {
  std::string text((size + 2) / 3 * 4 + 1, '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes, static_cast<int>(size));
  text.pop_back();  // OpenSSL ends it with a NUL.
  return text;
}

std::string NewKey(base::Random& random) {
  std::array<uint64_t, 2> nonce{random.Next64(), random.Next64()};
  return Base64(reinterpret_cast<const unsigned char*>(nonce.data()), sizeof nonce);
}

std::string AcceptOf(const std::string& key) {
  std::string text = key + std::string(kAcceptSuffix);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  int done = EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
  TIDEOVER_CHECK(done == 1, "SHA-1");
  return Base64(digest.data(), size);
}

absl::Status CheckOwnHeaders(const WebSocketRequest& request) {
  RETURN_IF_ERROR(CheckHeaders(request.headers));
  RETURN_IF_ERROR(CheckHeaders({{"Sec-WebSocket-Protocol", request.subprotocols}}));
  for (const auto& [name, value] : request.headers) {
    std::string lower = LowerCase(name);
    if (lower == "host" || lower.starts_with("sec-websocket-")) {
      return absl::InvalidArgumentError("header " + name + ": belongs to the handshake");
    }
  }
  return absl::OkStatus();
}

// All values of that name (in lower case), as if they stood in one header.
std::string ValuesOf(const HttpResponse& answer, std::string_view name) {
  std::string values;
  for (const auto& [key, value] : answer.headers) {
    if (key == name) values += (values.empty() ? "" : ", ") + value;
  }
  return values;
}

// Whether the comma-separated list holds `wanted`, which is given as `fold` would make it.
template <typename Fold>
bool ListHolds(std::string_view list, std::string_view wanted, Fold fold) {
  for (;;) {
    size_t comma = list.find(',');
    if (fold(Trim(list.substr(0, comma))) == wanted) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
}

HttpResponse ParseHead(std::string_view head) {
  size_t end = head.find("\r\n");
  HttpResponse answer{.status = StatusOf(head.substr(0, end))};
  while (end != std::string_view::npos) {
    head.remove_prefix(end + 2);
    end = head.find("\r\n");
    AppendHeader(head.substr(0, end), &answer.headers);
  }
  return answer;
}

// Of the part of the status line that has come.
bool MayBeHttp(std::string_view head) {
  constexpr std::string_view kBeginning = "HTTP/1.";
  return head.substr(0, kBeginning.size()) == kBeginning.substr(0, head.size());
}

WebSocketEnded RefusalOf(const HttpResponse& answer, base::WallTime now) {
  WebSocketEnded ended{
      .http_status = answer.status,
      .message = "the server answered the upgrade with HTTP " + std::to_string(answer.status)};
  if (const std::string* value = answer.FindHeader("retry-after")) {
    ended.retry_after = ParseRetryAfter(*value, now);
  }
  return ended;
}

}  // namespace

WebSocketHandshake::WebSocketHandshake(const WebSocketRequest& request, size_t header_bytes_max)
    : offered_(request.subprotocols),
      expected_(request.subprotocol),
      header_bytes_max_(header_bytes_max) {}

absl::StatusOr<WebSocketHandshake> WebSocketHandshake::Create(const WebSocketRequest& request,
                                                              const CheckedUrl& url,
                                                              size_t header_bytes_max,
                                                              base::Random& random) {
  RETURN_IF_ERROR(CheckOwnHeaders(request));
  WebSocketHandshake handshake(request, header_bytes_max);
  std::string key = NewKey(random);
  handshake.accept_ = AcceptOf(key);
  std::string& text = handshake.request_;
  text = "GET " + url.target + " HTTP/1.1\r\nHost: " + url.authority +
         "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: " + key +
         "\r\nSec-WebSocket-Version: 13\r\n";
  if (!request.subprotocols.empty()) {
    text += "Sec-WebSocket-Protocol: " + request.subprotocols + "\r\n";
  }
  for (const auto& [name, value] : request.headers) text += name + ": " + value + "\r\n";
  text += "\r\n";
  return handshake;
}

std::string WebSocketHandshake::TakeRequest() { return std::exchange(request_, {}); }

WebSocketHandshake::Outcome WebSocketHandshake::Take(std::string_view bytes, base::WallTime now) {
  // The end of the head may be cut in two.
  size_t looked_at = received_.size() - std::min(received_.size(), kHeadEnd.size() - 1);
  received_.append(bytes);
  for (;; looked_at = 0) {
    size_t end = received_.find(kHeadEnd, looked_at);
    bool complete = end != std::string::npos;
    size_t size = complete ? end + kHeadEnd.size() : received_.size();
    if (size > header_bytes_max_ - passed_bytes_) {
      return WebSocketEnded{.message = "the headers of the answer exceed " +
                                       std::to_string(header_bytes_max_) + " bytes"};
    }
    if (!MayBeHttp(received_)) return WebSocketEnded{.message = "the answer is no HTTP"};
    if (!complete) return Pending{};
    HttpResponse answer = ParseHead(std::string_view(received_).substr(0, end));
    received_.erase(0, size);
    passed_bytes_ += size;
    if (answer.status == 101) {
      std::string fault = FaultOf(answer);
      if (!fault.empty()) return WebSocketEnded{.message = std::move(fault)};
      return Accepted{.rest = std::move(received_)};
    }
    if (answer.status < 100) return WebSocketEnded{.message = "the answer is no HTTP"};
    // What is below 200 is not the last word.
    if (answer.status >= 200) return RefusalOf(answer, now);
  }
}

std::string WebSocketHandshake::FaultOf(const HttpResponse& answer) const {
  auto lower = [](std::string_view text) { return LowerCase(text); };
  if (LowerCase(ValuesOf(answer, "upgrade")) != "websocket" ||
      !ListHolds(ValuesOf(answer, "connection"), "upgrade", lower)) {
    return "the server upgrades to something else than a WebSocket";
  }
  if (ValuesOf(answer, "sec-websocket-accept") != accept_) {
    return "the server did not prove that it has read the upgrade";
  }
  if (answer.FindHeader("sec-websocket-extensions") != nullptr) {
    return "the server uses an extension that was not offered";
  }
  if (!MaySelect(ValuesOf(answer, "sec-websocket-protocol"))) {
    return expected_.empty() ? "the server selected a subprotocol that was not offered"
                             : "the server did not select the subprotocol " + expected_;
  }
  return "";
}

bool WebSocketHandshake::MaySelect(std::string_view subprotocol) const {
  if (!expected_.empty()) return subprotocol == expected_;
  auto same = [](std::string_view text) { return text; };
  return subprotocol.empty() || ListHolds(offered_, subprotocol, same);
}

}  // namespace tideover::net
