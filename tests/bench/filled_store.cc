#include "bench/filled_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "bench/must.h"
#include "bench/records.h"
#include "cache/checkpoint.h"
#include "cache/documents.h"
#include "doors/doors.h"

namespace tideover::bench {
namespace {

// Records per commit: large, because nothing waits for it.
constexpr uint64_t kPerCommit = 5'000;
constexpr const char* kFilling = "filling a store";

void FillDocuments(store::Env* env, store::CollectionId collection, const Filling& filling,
                   base::WallTime now) {
  for (uint64_t i = 0; i < filling.documents;) {
    auto txn = env->BeginWrite();
    Must(txn.status(), kFilling);
    const uint64_t end = std::min(i + kPerCommit, filling.documents);
    for (; i < end; ++i) {
      const std::string id = ServerId(i);
      cache::Document document;
      document.header.revision = 1;
      document.header.fetched_wall_ms = now.ms;
      document.view = DocumentText(id, i, filling.document_bytes);
      document.base = document.view;
      Must(cache::Put(&*txn, collection, id, document), kFilling);
    }
    Must(txn->Commit(), kFilling);
  }
}

// The collection has been listed: a daemon that has a network need not fetch it before it answers.
void FillCheckpoint(store::Env* env, store::CollectionId collection, base::WallTime now) {
  auto txn = env->BeginWrite();
  Must(txn.status(), kFilling);
  cache::Checkpoint checkpoint;
  checkpoint.set_last_full_sync_wall_ms(now.ms);
  checkpoint.set_generation(1);
  Must(cache::WriteCheckpoint(&*txn, collection, checkpoint), kFilling);
  Must(txn->Commit(), kFilling);
}

void FillOutbox(doors::Doors* doors, const Filling& filling) {
  for (uint64_t i = 0; i < filling.pending;) {
    std::vector<doors::Request> requests;
    const uint64_t end = std::min(i + kPerCommit, filling.pending);
    for (; i < end; ++i) {
      doors::OperationInput input;
      input.collection = kCollection;
      input.kind = log::Mutation::CREATE;
      input.json = DocumentText(i, filling.document_bytes);
      auto operation = doors::CheckOperation(input, doors->catalog(), doors->rules());
      Must(operation.status(), kFilling);
      doors::CommitRequest request;
      request.operations.push_back(*std::move(operation));
      requests.emplace_back(std::move(request));
    }
    std::vector<const doors::Request*> pointers;
    for (const doors::Request& request : requests) pointers.push_back(&request);
    std::vector<doors::Answer> answers;
    Must(doors->RunTurn(pointers, &answers).status(), kFilling);
    for (const doors::Answer& answer : answers) Must(answer.status, kFilling);
  }
}

void SyncFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CLOEXEC);
  Must(fd >= 0, kFilling);
  Must(fsync(fd) == 0, kFilling);
  close(fd);
}

}  // namespace

doors::RulesByCollection BenchRules() {
  doors::CollectionRules rules;
  rules.id_field = kIdField;
  rules.create_fields = {"content"};
  rules.update_fields = {"content"};
  return {{kCollection, rules}};
}

void FillStore(const std::string& directory, const Filling& filling) {
  const base::SystemClock clock;
  base::SystemRandom random;
  {
    auto env = store::Env::Open({.path = directory, .unsafe_no_sync = true});
    Must(env.status(), kFilling);
    auto doors = doors::Doors::Open(env->get(), BenchRules(), &clock, &random);
    Must(doors.status(), kFilling);
    const store::CollectionId collection = *(*doors)->catalog().IdOf(kCollection);
    FillDocuments(env->get(), collection, filling, clock.Wall());
    FillCheckpoint(env->get(), collection, clock.Wall());
    FillOutbox(doors->get(), filling);
  }
  SyncFile(directory + "/data.mdb");
}

}  // namespace tideover::bench
