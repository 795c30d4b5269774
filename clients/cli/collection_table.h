// The table of collections that `status` and `sync` show. Pure: a message of the API in, lines for
// people out. Main thread.
#ifndef TIDEOVER_CLI_COLLECTION_TABLE_H_
#define TIDEOVER_CLI_COLLECTION_TABLE_H_

#include <google/protobuf/repeated_ptr_field.h>

#include <string>

#include "cli/context.h"
#include "tideover/v1/sync.pb.h"

namespace tideover::cli {

void PrintCollections(Context& context,
                      const google::protobuf::RepeatedPtrField<v1::CollectionStatus>& collections);

// "120 of 1000", "120".
std::string ProgressWords(const v1::Progress& progress);

}  // namespace tideover::cli

#endif  // TIDEOVER_CLI_COLLECTION_TABLE_H_
