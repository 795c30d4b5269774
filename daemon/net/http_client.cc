#include "net/http_client.h"

#include <optional>
#include <string>
#include <utility>

#include "loop/timer.h"
#include "net/curl_multi.h"
#include "net/curl_transfer.h"

namespace tideover::net {

struct HttpClient::Entry {
  Entry(HttpClient& client, uint64_t number, HttpRequest request, Done on_done)
      : id(number),
        transfer(std::move(request), client.options_),
        done(std::move(on_done)),
        deadline(client.loop_) {}

  const uint64_t id;
  CurlTransfer transfer;
  Done done;
  // Armed while curl works on it. Not curl's own timeout, which (7.88) does not count while a
  // transfer waits for a connection.
  loop::Timer deadline;
  // Where curl works on it; nullptr before and after.
  CurlMulti* multi = nullptr;
  // Set when it has ended and waits for its turn to be delivered.
  std::optional<HttpResult> result;
};

HttpTransfer::~HttpTransfer() {
  if (auto client = client_.lock()) (*client)->Cancel(id_);
}

HttpClient::HttpClient(loop::EventLoop& loop, const base::Clock& clock, HttpOptions options)
    : loop_(loop), clock_(clock), options_(std::move(options)), multi_(NewMulti()) {
  self_ = std::make_shared<HttpClient*>(this);
}

HttpClient::~HttpClient() {
  self_.reset();
  for (auto& [id, entry] : transfers_) {
    if (entry->multi != nullptr) entry->multi->Remove(entry->transfer.easy());
  }
}

std::unique_ptr<CurlMulti> HttpClient::NewMulti() {
  return std::make_unique<CurlMulti>(loop_, options_, [this](CURL* easy, CURLcode code) {
    Entry* ended = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &ended);
    ended->multi = nullptr;
    ended->deadline.Cancel();
    Finish(ended->id, ended->transfer.TakeResult(code, clock_.Wall()));
  });
}

std::unique_ptr<HttpTransfer> HttpClient::Start(HttpRequest request, Done done) {
  uint64_t id = ++last_id_;
  base::Millis timeout = request.timeout;
  auto& entry = transfers_[id];
  entry = std::make_unique<Entry>(*this, id, std::move(request), std::move(done));
  absl::Status status = entry->transfer.Prepare();
  curl_easy_setopt(entry->transfer.easy(), CURLOPT_PRIVATE, entry.get());
  if (status.ok()) status = multi_->Add(entry->transfer.easy());
  if (status.ok()) {
    entry->multi = multi_.get();
    entry->deadline.Start(timeout, [this, id, timeout] {
      Abort(*transfers_.at(id), CURLE_OPERATION_TIMEDOUT,
            "timed out after " + std::to_string(timeout.count()) + " ms");
    });
  } else {
    Finish(id, entry->transfer.Failure(CURLE_OK, std::string(status.message())));
  }
  return std::unique_ptr<HttpTransfer>(new HttpTransfer(self_, id));
}

void HttpClient::Abort(Entry& entry, int code, std::string message) {
  entry.deadline.Cancel();
  std::exchange(entry.multi, nullptr)->Remove(entry.transfer.easy());
  Finish(entry.id, entry.transfer.Failure(static_cast<CURLcode>(code), std::move(message)));
}

void HttpClient::Finish(uint64_t id, HttpResult result) {
  transfers_.at(id)->result = std::move(result);
  loop_.Post([client = std::weak_ptr<HttpClient*>(self_), id] {
    if (auto self = client.lock()) (*self)->Deliver(id);
  });
}

void HttpClient::Deliver(uint64_t id) {
  auto found = transfers_.find(id);
  if (found == transfers_.end()) return;
  Done done = std::move(found->second->done);
  HttpResult result = *std::move(found->second->result);
  transfers_.erase(found);
  DestroyIdleRetired();
  // Last: it may destroy this client.
  done(std::move(result));
}

void HttpClient::Cancel(uint64_t id) {
  auto found = transfers_.find(id);
  if (found == transfers_.end()) return;
  if (CurlMulti* multi = found->second->multi) multi->Remove(found->second->transfer.easy());
  // Destroyed at the end: what `done` holds may be another transfer of this client.
  std::unique_ptr<Entry> cancelled = std::move(found->second);
  transfers_.erase(found);
  DestroyIdleRetired();
}

void HttpClient::DropConnections(InFlight in_flight) {
  retired_.push_back(std::exchange(multi_, NewMulti()));
  if (in_flight == InFlight::kFail) {
    for (auto& [id, entry] : transfers_) {
      if (entry->multi == nullptr) continue;
      Abort(*entry, CURLE_ABORTED_BY_CALLBACK, "connections were dropped");
    }
  }
  DestroyIdleRetired();
}

void HttpClient::DestroyIdleRetired() {
  std::erase_if(retired_, [](const auto& multi) { return multi->size() == 0; });
}

}  // namespace tideover::net
