#include "support/web_socket_server.h"

#include <openssl/evp.h>

#include <array>
#include <cstdint>

#include "base/check.h"

namespace tideover::support {
namespace {

// Lengths that do not fit into seven bits follow in so many bytes.
constexpr size_t kLengthIn2Bytes = 126;
constexpr size_t kLengthIn8Bytes = 127;
constexpr size_t kMaskBytes = 4;

uint64_t BigEndian(std::string_view bytes) {
  uint64_t number = 0;
  for (unsigned char byte : bytes) number = number << 8 | byte;
  return number;
}

std::string BigEndian(uint64_t number, size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = size; i > 0; --i, number >>= 8) bytes[i - 1] = static_cast<char>(number & 0xff);
  return bytes;
}

// Base64 of SHA-1 of the key and the fixed suffix.
std::string AcceptOf(const std::string& key) {
  std::string text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  int done = EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
  TIDEOVER_CHECK(done == 1 && size == 20, "SHA-1");
  std::array<unsigned char, 29> accept;
  EVP_EncodeBlock(accept.data(), digest.data(), static_cast<int>(size));
  return reinterpret_cast<const char*>(accept.data());
}

}  // namespace

int WebSocketFrame::CloseCode() const {
  bool says = opcode == Opcode::kClose && payload.size() >= 2;
  return says ? static_cast<int>(BigEndian(std::string_view(payload).substr(0, 2))) : 0;
}

std::string EncodeFrame(const WebSocketFrame& frame) {
  size_t size = frame.payload.size();
  std::string bytes(1, static_cast<char>((frame.fin ? 0x80 : 0) | static_cast<int>(frame.opcode)));
  if (size < kLengthIn2Bytes) {
    bytes += static_cast<char>(size);
  } else if (size <= 0xffff) {
    bytes += static_cast<char>(kLengthIn2Bytes) + BigEndian(size, 2);
  } else {
    bytes += static_cast<char>(kLengthIn8Bytes) + BigEndian(size, 8);
  }
  return bytes + frame.payload;
}

std::string ClosePayload(int code, std::string_view reason) {
  return BigEndian(static_cast<uint64_t>(code), 2) + std::string(reason);
}

bool WebSocketPeer::Buffer(size_t bytes) {
  while (buffered_.size() < bytes) {
    if (!stream_.ReadSome(&buffered_)) return false;
  }
  return true;
}

std::optional<WebSocketFrame> WebSocketPeer::Receive() {
  if (!Buffer(2)) return std::nullopt;
  auto first = static_cast<unsigned char>(buffered_[0]);
  auto second = static_cast<unsigned char>(buffered_[1]);
  WebSocketFrame frame{.opcode = static_cast<Opcode>(first & 0x0f),
                       .fin = (first & 0x80) != 0,
                       .masked = (second & 0x80) != 0};
  size_t head = 2;
  size_t size = second & 0x7f;
  if (size >= kLengthIn2Bytes) {
    size_t length_bytes = size == kLengthIn2Bytes ? 2 : 8;
    head += length_bytes;
    if (!Buffer(head)) return std::nullopt;
    size = BigEndian(std::string_view(buffered_).substr(2, length_bytes));
  }
  std::string mask;
  if (frame.masked) {
    if (!Buffer(head + kMaskBytes)) return std::nullopt;
    mask = buffered_.substr(head, kMaskBytes);
    head += kMaskBytes;
  }
  if (!Buffer(head + size)) return std::nullopt;
  frame.payload = buffered_.substr(head, size);
  buffered_.erase(0, head + size);
  for (size_t i = 0; i < size && frame.masked; ++i) frame.payload[i] ^= mask[i % kMaskBytes];
  return frame;
}

WebSocketServer::WebSocketServer(Script script, const TestCertificate* certificate)
    : WebSocketServer(
          HttpServer::Handler([script = std::move(script)](const HttpServer::Request& request) {
            return Upgrade(AcceptingHeaders(request), script);
          }),
          certificate) {}

HttpServer::Headers WebSocketServer::AcceptingHeaders(const HttpServer::Request& request) {
  HttpServer::Headers headers = {
      {"Upgrade", "websocket"},
      {"Connection", "Upgrade"},
      {"Sec-WebSocket-Accept", AcceptOf(request.Header("sec-websocket-key"))}};
  std::string offered = request.Header("sec-websocket-protocol");
  if (!offered.empty()) {
    headers.emplace_back("Sec-WebSocket-Protocol", offered.substr(0, offered.find(',')));
  }
  return headers;
}

HttpServer::Reply WebSocketServer::Upgrade(const HttpServer::Headers& headers, Script script,
                                           const std::string& first) {
  std::string head = "HTTP/1.1 101 Switching Protocols\r\n";
  for (const auto& [name, value] : headers) head += name + ": " + value + "\r\n";
  HttpServer::Reply reply{.raw = head + "\r\n" + first};
  reply.upgraded = [script = std::move(script)](SocketStream& stream, std::string buffered) {
    WebSocketPeer peer(stream, std::move(buffered));
    script(peer);
  };
  return reply;
}

std::string WebSocketServer::Url(std::string_view target) const {
  // "http" and "https" become "ws" and "wss".
  return "ws" + http_.Url(target).substr(4);
}

}  // namespace tideover::support
