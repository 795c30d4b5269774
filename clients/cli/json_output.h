// The stable JSON form of the API's messages: protobuf's JSON mapping with the names of the proto
// fields, zero values included, except that the fields named `json` or ending in `_json`, which
// carry JSON text, are embedded as JSON. clients/cli/README.md documents it for users. Pure
// functions.
#ifndef TIDEOVER_CLI_JSON_OUTPUT_H_
#define TIDEOVER_CLI_JSON_OUTPUT_H_

#include <google/protobuf/message.h>

#include <string>

#include "base/json.h"

namespace tideover::cli {

// The message in the form above.
json::Value ToJson(const google::protobuf::Message& message);

// The same as text, on one line, without a newline.
std::string ToJsonText(const google::protobuf::Message& message);

}  // namespace tideover::cli

#endif  // TIDEOVER_CLI_JSON_OUTPUT_H_
