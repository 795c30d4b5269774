// What the tests of OutboxService start from: mutations with ids that the test chooses, and the
// ways in which the server may answer them. On the test's thread.
#ifndef TIDEOVER_TESTS_API_OUTBOX_FIXTURE_H_
#define TIDEOVER_TESTS_API_OUTBOX_FIXTURE_H_

#include <string>
#include <vector>

#include "api/api_fixture.h"

namespace tideover::api {

class OutboxFixture : public ApiFixture {
 protected:
  uint64_t Make(const std::string& mutation_id, v1::Operation operation) {
    operation.set_mutation_id(mutation_id);
    return MustMutate(std::move(operation)).seq();
  }
  void Reject(uint64_t seq) {
    log::PushError error;
    error.set_outcome("rejected");
    error.set_message("the server says no");
    store_->Merge({doors::Rejected{seq, error, std::nullopt}});
  }
  v1::Mutation Get(const std::string& mutation_id) {
    v1::GetMutationRequest request;
    request.set_mutation_id(mutation_id);
    v1::GetMutationResponse response;
    const grpc::Status status = stubs_->outbox->Get(Context().get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.mutation();
  }
  // In hold CONFLICT, as a mutation of a collection in mode `manual` or `handler` comes to be.
  void Park(uint64_t seq) {
    log::PushError error;
    error.set_outcome("conflict");
    store_->Merge({doors::Sent{seq}});
    store_->Merge({doors::Deferred{seq, error, false, log::PushState::CONFLICT}});
  }
  static v1::MutationSelector Named(const std::vector<std::string>& ids) {
    v1::MutationSelector selector;
    for (const std::string& id : ids) selector.add_mutation_ids(id);
    return selector;
  }
  static v1::MutationSelector InState(v1::MutationState state) {
    v1::MutationSelector selector;
    selector.add_states(state);
    return selector;
  }
};

}  // namespace tideover::api

#endif  // TIDEOVER_TESTS_API_OUTBOX_FIXTURE_H_
