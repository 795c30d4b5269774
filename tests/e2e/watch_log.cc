#include "e2e/watch_log.h"

#include <algorithm>

#include "support/eventually.h"

namespace tideover::e2e {

WatchLog::WatchLog(App& app, v1::WatchRequest request) {
  if (request.collection().empty()) request.set_collection(kTodos);
  reader_ = std::thread([this, &app, request = std::move(request)] {
    auto stream = app.connection().data().Watch(&context_, request);
    for (v1::WatchResponse message; stream->Read(&message);) {
      const std::lock_guard<std::mutex> lock(mutex_);
      messages_.push_back(message);
    }
    const grpc::Status status = stream->Finish();
    const std::lock_guard<std::mutex> lock(mutex_);
    status_ = status;
    ended_ = true;
  });
}

WatchLog::~WatchLog() { Cancel(); }

grpc::Status WatchLog::Cancel() {
  context_.TryCancel();
  if (reader_.joinable()) reader_.join();
  return status_;
}

std::vector<v1::WatchResponse> WatchLog::messages() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return messages_;
}

std::vector<v1::Document> WatchLog::snapshot() const {
  std::vector<v1::Document> documents;
  for (const v1::WatchResponse& message : messages()) {
    const auto& part = message.snapshot().documents();
    documents.insert(documents.end(), part.begin(), part.end());
  }
  return documents;
}

std::vector<v1::WatchChange> WatchLog::changes() const {
  std::vector<v1::WatchChange> changes;
  for (const v1::WatchResponse& message : messages()) {
    const auto& part = message.changes().changes();
    changes.insert(changes.end(), part.begin(), part.end());
  }
  return changes;
}

std::string WatchLog::resume_token() const {
  std::string token;
  for (const v1::WatchResponse& message : messages()) {
    if (!message.resume_token().empty()) token = message.resume_token();
  }
  return token;
}

bool WatchLog::WaitForSnapshot() {
  return support::Eventually([this] {
    const auto seen = messages();
    return std::any_of(seen.begin(), seen.end(), [](const v1::WatchResponse& message) {
      return message.has_snapshot_complete();
    });
  });
}

bool WatchLog::WaitForChange(const std::function<bool(const v1::WatchChange&)>& fits) {
  return support::Eventually([&] {
    const auto seen = changes();
    return std::any_of(seen.begin(), seen.end(), fits);
  });
}

bool WatchLog::WaitForEnd() {
  return support::Eventually([this] {
    const std::lock_guard<std::mutex> lock(mutex_);
    return ended_;
  });
}

}  // namespace tideover::e2e
