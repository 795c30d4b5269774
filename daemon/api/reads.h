// Get and BatchGet: one look-up each in a snapshot, on the calling thread; nothing waits and
// nothing is parsed.
#ifndef TIDEOVER_API_READS_H_
#define TIDEOVER_API_READS_H_

#include <grpcpp/support/status.h>

#include "api/lookup.h"
#include "api/session.h"
#include "tideover/v1/data.pb.h"

namespace tideover::api {

// The request's collection must be a configured one. NOT_FOUND when the view has no such document.
grpc::Status ReadOne(const Session& session, const Collection& collection,
                     const std::string& document_id, v1::GetResponse* response);

grpc::Status ReadMany(const Session& session, const v1::BatchGetRequest& request,
                      v1::BatchGetResponse* response);

}  // namespace tideover::api

#endif  // TIDEOVER_API_READS_H_
