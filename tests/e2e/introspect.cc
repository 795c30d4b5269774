#include "e2e/introspect.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <vector>

#include "tideover/client/connection.h"

namespace tideover::e2e {
namespace {

constexpr const char* kReflection =
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";

grpc::ByteBuffer Bytes(const std::string& text) {
  const grpc::Slice slice(text);
  return grpc::ByteBuffer(&slice, 1);
}

std::string Text(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string text;
  if (!buffer.Valid() || !buffer.Dump(&slices).ok()) return text;
  for (const grpc::Slice& slice : slices) {
    text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return text;
}

// One message there and one back, on a call of any kind; the answer's bytes or the failure.
std::string CallOnce(const std::string& socket, const std::string& method,
                     const std::string& request) {
  grpc::GenericStub stub(client::MakeChannel(socket));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  grpc::CompletionQueue queue;
  const auto wait = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  auto call = stub.PrepareCall(&context, method, &queue);
  grpc::ByteBuffer answer;
  call->StartCall(nullptr);
  bool ok = wait();
  if (ok) {
    call->Write(Bytes(request), nullptr);
    ok = wait();
  }
  if (ok) {
    call->WritesDone(nullptr);
    ok = wait();
  }
  if (ok) {
    call->Read(&answer, nullptr);
    ok = wait();
  }
  grpc::Status status;
  call->Finish(&status, nullptr);
  wait();
  queue.Shutdown();
  while (wait()) {
  }
  if (ok) return Text(answer);
  return "failed: " + status.error_message();
}

}  // namespace

bool Accepts(const std::string& socket) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, socket.c_str(), sizeof address.sun_path - 1);
  const bool accepts =
      connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return accepts;
}

std::string Health(const std::string& socket) {
  // HealthCheckRequest{service: ""} is empty; HealthCheckResponse{status} is field 1.
  const std::string answer = CallOnce(socket, "/grpc.health.v1.Health/Check", "");
  if (answer == std::string("\x08\x01", 2)) return "SERVING";
  if (answer == std::string("\x08\x02", 2)) return "NOT_SERVING";
  return answer;
}

std::string ListServices(const std::string& socket) {
  // ServerReflectionRequest{list_services: ""}: field 7, a string of length 0.
  return CallOnce(socket, kReflection, std::string("\x3a\x00", 2));
}

std::string Describe(const std::string& socket, const std::string& service) {
  // ServerReflectionRequest{file_containing_symbol: service}: field 4, a string.
  return CallOnce(socket, kReflection,
                  "\x22" + std::string(1, static_cast<char>(service.size())) + service);
}

}  // namespace tideover::e2e
