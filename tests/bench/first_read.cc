#include "bench/first_read.h"

#include <chrono>
#include <thread>

#include "bench/must.h"
#include "bench/records.h"

namespace tideover::bench {
namespace {

using Steady = std::chrono::steady_clock;

// One answered read; false while the daemon says that it is not ready.
bool Get(DaemonUnderTest* daemon, const std::string& id) {
  v1::GetRequest request;
  request.set_collection(kCollection);
  request.set_document_id(id);
  v1::GetResponse response;
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  // A call that fails at once would leave the connecting to gRPC's 5 s background timer.
  context.set_wait_for_ready(true);
  const grpc::Status status = daemon->connection().data().Get(&context, request, &response);
  if (status.ok()) return true;
  const bool not_ready = status.error_code() == grpc::StatusCode::UNAVAILABLE ||
                         status.error_code() == grpc::StatusCode::UNAUTHENTICATED;
  Must(not_ready, "Get: " + status.error_message());
  return false;
}

}  // namespace

double MillisToFirstRead(DaemonUnderTest* daemon, const std::string& id) {
  const auto start = Steady::now();
  daemon->StartProcess();
  daemon->Connect();
  while (!Get(daemon, id)) {
    Must(Steady::now() - start < std::chrono::seconds(20), "no read is answered");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return std::chrono::duration<double, std::milli>(Steady::now() - start).count();
}

}  // namespace tideover::bench
