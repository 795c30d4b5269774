// The whole of a small application: write a to-do, read it, and follow the collection.
// Usage: tideover_client_example [COLLECTION] (default `todos`); stops after ten changes.
#include <iostream>
#include <string>

#include "tideover/client/connection.h"
#include "tideover/client/failure.h"

namespace v1 = tideover::v1;

namespace {

int Fail(const tideover::client::Connection& connection, const grpc::Status& status) {
  const auto failure = tideover::client::Explain(status, connection.socket_path());
  std::cerr << failure.message << "\n" << failure.remedy << "\n";
  return 1;
}

void Print(const v1::Document& document) {
  std::cout << document.id() << (document.pending() ? " (pending) " : " ") << document.json()
            << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string collection = argc > 1 ? argv[1] : "todos";
  tideover::client::Connection connection;

  // Put. Answered as soon as it is on this machine's disk, with or without a network.
  v1::MutateRequest put;
  v1::Operation* operation = put.add_operations();
  operation->set_collection(collection);
  operation->mutable_create()->set_json(R"({"content": "buy milk"})");
  v1::MutateResponse written;
  grpc::ClientContext put_context;
  grpc::Status status = connection.data().Mutate(&put_context, put, &written);
  if (!status.ok()) return Fail(connection, status);

  // Get. From the local view, where the write is already.
  v1::GetRequest get;
  get.set_collection(collection);
  get.set_document_id(written.results(0).document_id());
  v1::GetResponse read;
  grpc::ClientContext get_context;
  status = connection.data().Get(&get_context, get, &read);
  if (!status.ok()) return Fail(connection, status);
  Print(read.document());

  // Watch. What there is, then every change, from here or from the server.
  v1::WatchRequest watch;
  watch.set_collection(collection);
  grpc::ClientContext watch_context;
  auto stream = connection.data().Watch(&watch_context, watch);
  v1::WatchResponse message;
  int changes_left = 10;
  while (changes_left > 0 && stream->Read(&message)) {
    for (const auto& document : message.snapshot().documents()) Print(document);
    for (const auto& change : message.changes().changes()) {
      --changes_left;
      if (!change.previous_id().empty()) std::cout << change.previous_id() << " became ";
      if (change.has_document()) Print(change.document());
      if (change.has_removed()) std::cout << change.removed().id() << " removed" << std::endl;
    }
  }
  if (changes_left == 0) watch_context.TryCancel();
  status = stream->Finish();
  return status.ok() || changes_left == 0 ? 0 : Fail(connection, status);
}
