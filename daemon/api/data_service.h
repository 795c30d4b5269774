// DataService: reads on gRPC's own threads from a snapshot of LMDB, writes by the commit door,
// watches and scans on the worker pool. A resource, owned by the server. What it does not override
// answers UNIMPLEMENTED by gRPC's own code.
#ifndef TIDEOVER_API_DATA_SERVICE_H_
#define TIDEOVER_API_DATA_SERVICE_H_

#include "api/shared.h"
#include "tideover/v1/data.grpc.pb.h"

namespace tideover::api {

class DataServiceImpl final : public v1::DataService::CallbackService {
 public:
  explicit DataServiceImpl(const Shared& shared) : shared_(shared) {}

  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext* context, const v1::GetRequest* request,
                                v1::GetResponse* response) override;
  grpc::ServerUnaryReactor* BatchGet(grpc::CallbackServerContext* context,
                                     const v1::BatchGetRequest* request,
                                     v1::BatchGetResponse* response) override;
  grpc::ServerUnaryReactor* Query(grpc::CallbackServerContext* context,
                                  const v1::QueryRequest* request,
                                  v1::QueryResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchResponse>* Watch(grpc::CallbackServerContext* context,
                                                     const v1::WatchRequest* request) override;
  grpc::ServerUnaryReactor* Mutate(grpc::CallbackServerContext* context,
                                   const v1::MutateRequest* request,
                                   v1::MutateResponse* response) override;
  grpc::ServerUnaryReactor* Invoke(grpc::CallbackServerContext* context,
                                   const v1::InvokeRequest* request,
                                   v1::InvokeResponse* response) override;
  grpc::ServerBidiReactor<v1::MutateStreamRequest, v1::MutateStreamResponse>* MutateStream(
      grpc::CallbackServerContext* context) override;

 private:
  const Shared shared_;
};

}  // namespace tideover::api

#endif  // TIDEOVER_API_DATA_SERVICE_H_
