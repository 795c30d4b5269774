#include "support/http_server.h"

#include <algorithm>
#include <cstdlib>

namespace tideover::support {
namespace {

constexpr size_t kChunkBytes = 7;

std::string Lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

// Takes a line without its CR LF off the front.
std::string TakeLine(std::string_view* text) {
  size_t end = text->find("\r\n");
  std::string line(text->substr(0, end));
  text->remove_prefix(end == std::string_view::npos ? text->size() : end + 2);
  return line;
}

HttpServer::Request ParseHead(std::string_view head) {
  HttpServer::Request request;
  std::string line = TakeLine(&head);
  size_t first = line.find(' ');
  size_t second = line.find(' ', first + 1);
  request.method = line.substr(0, first);
  request.target = line.substr(first + 1, second - first - 1);
  while (!head.empty()) {
    line = TakeLine(&head);
    size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    size_t value = line.find_first_not_of(" \t", colon + 1);
    request.headers.emplace_back(Lower(line.substr(0, colon)),
                                 value == std::string::npos ? "" : line.substr(value));
  }
  return request;
}

std::string ChunkedBody(std::string_view body) {
  std::string out;
  while (!body.empty()) {
    std::string_view chunk = body.substr(0, kChunkBytes);
    char digits[8];
    snprintf(digits, sizeof digits, "%zx", chunk.size());
    out.append(digits).append("\r\n").append(chunk).append("\r\n");
    body.remove_prefix(chunk.size());
  }
  return out + "0\r\n\r\n";
}

std::string Encode(const HttpServer::Reply& reply) {
  if (!reply.raw.empty()) return reply.raw;
  std::string out = "HTTP/1.1 " + std::to_string(reply.status) + " Scripted\r\n";
  for (const auto& [name, value] : reply.headers) out += name + ": " + value + "\r\n";
  if (reply.chunked) return out + "transfer-encoding: chunked\r\n\r\n" + ChunkedBody(reply.body);
  return out + "content-length: " + std::to_string(reply.body.size()) + "\r\n\r\n" + reply.body;
}

}  // namespace

std::string HttpServer::Request::Header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return "";
}

std::optional<HttpServer::Request> HttpServer::ReadRequest(SocketStream& stream,
                                                           std::string* buffered) {
  size_t head_end;
  while ((head_end = buffered->find("\r\n\r\n")) == std::string::npos) {
    if (!stream.ReadSome(buffered)) return std::nullopt;
  }
  HttpServer::Request request = ParseHead(std::string_view(*buffered).substr(0, head_end));
  buffered->erase(0, head_end + 4);
  size_t length = std::strtoul(request.Header("content-length").c_str(), nullptr, 10);
  while (buffered->size() < length) {
    if (!stream.ReadSome(buffered)) return std::nullopt;
  }
  request.body = buffered->substr(0, length);
  buffered->erase(0, length);
  return request;
}

HttpServer::HttpServer(Handler handler, const TestCertificate* certificate,
                       const std::string& address)
    : handler_(std::move(handler)),
      tls_(certificate != nullptr ? std::make_unique<ServerTls>(*certificate) : nullptr),
      listener_(address),
      acceptor_([this] { AcceptAll(); }) {}

HttpServer::~HttpServer() {
  listener_.Shutdown();
  acceptor_.join();
  std::vector<std::thread> threads;
  {
    std::lock_guard lock(mutex_);
    for (const auto& stream : streams_) {
      if (stream != nullptr) stream->Shutdown();
    }
    threads.swap(threads_);
  }
  for (std::thread& thread : threads) thread.join();
}

std::string HttpServer::Url(std::string_view target) const {
  std::string scheme = tls_ != nullptr ? "https" : "http";
  return scheme + "://127.0.0.1:" + std::to_string(port()) + std::string(target);
}

std::vector<HttpServer::Request> HttpServer::requests() const {
  std::lock_guard lock(mutex_);
  return requests_;
}

int HttpServer::connections() const {
  std::lock_guard lock(mutex_);
  return static_cast<int>(streams_.size());
}

void HttpServer::AcceptAll() {
  while (std::unique_ptr<SocketStream> accepted = listener_.Accept()) {
    std::lock_guard lock(mutex_);
    int connection = static_cast<int>(streams_.size());
    SocketStream* stream = accepted.get();
    streams_.push_back(std::move(accepted));
    threads_.emplace_back([this, stream, connection] {
      Serve(*stream, connection);
      // Closes the connection now and not with the server.
      std::unique_ptr<SocketStream> closed;
      std::lock_guard done(mutex_);
      closed = std::move(streams_[static_cast<size_t>(connection)]);
    });
  }
}

void HttpServer::Serve(SocketStream& stream, int connection) {
  if (tls_ != nullptr && !stream.StartTls(*tls_)) return;
  std::string buffered;
  while (std::optional<Request> request = ReadRequest(stream, &buffered)) {
    request->connection = connection;
    {
      std::lock_guard lock(mutex_);
      requests_.push_back(*request);
    }
    if (!Answer(stream, *request, &buffered)) return;
  }
}

bool HttpServer::Answer(SocketStream& stream, const Request& request, std::string* buffered) {
  Reply reply = handler_(request);
  std::string bytes = Encode(reply);
  if (!stream.Write(std::string_view(bytes).substr(0, reply.bytes_max))) return false;
  while (!reply.endless.empty() && stream.Write(reply.endless)) {
  }
  if (reply.upgraded) {
    reply.upgraded(stream, std::exchange(*buffered, {}));
    return false;
  }
  if (reply.then == Then::kReset) stream.CloseWithReset();
  if (reply.then == Then::kHold) stream.WaitForEnd();
  return reply.then == Then::kKeepOpen && reply.endless.empty();
}

}  // namespace tideover::support
