#include "crash/writers.h"

#include <gtest/gtest.h>

namespace tideover::crash {

Writers::Writers(int count, const std::string& socket) {
  Connect(socket);
  for (int i = 0; i < count; ++i) threads_.emplace_back([this] { Run(); });
}

Writers::~Writers() { Stop(); }

void Writers::Connect(const std::string& socket) {
  const std::lock_guard<std::mutex> lock(mutex_);
  app_ = std::make_shared<e2e::App>(socket);
  ++generation_;
  changed_.notify_all();
}

std::set<int> Writers::answered() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return answered_;
}

int Writers::made() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return next_;
}

void Writers::Stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void Writers::Run() {
  for (;;) {
    int call = 0;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (stopping_) return;
      call = next_++;
    }
    Write(call);
  }
}

void Writers::Write(int call) {
  v1::MutateRequest request;
  *request.add_operations() = e2e::CreateOf("a " + std::to_string(call), FirstId(call));
  *request.add_operations() = e2e::CreateOf("b " + std::to_string(call), SecondId(call));
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stopping_) {
    const std::shared_ptr<e2e::App> app = app_;
    const int generation = generation_;
    lock.unlock();
    v1::MutateResponse response;
    const grpc::Status status = app->TryMutate(request, &response);
    lock.lock();
    if (status.ok()) {
      answered_.insert(call);
      return;
    }
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE) << status.error_message();
    changed_.wait(lock, [&] { return stopping_ || generation_ > generation; });
  }
}

}  // namespace tideover::crash
