// AmplifyOutputs: what amplify_outputs.json, the file that Amplify Gen 2 writes for every client
// library, says about the backend: endpoint, ways to sign in, user pool, schema. A value; the file
// is read by the configuration, this is the text's meaning. The API key in it is one by Amplify's
// design; it is kept as a Secret all the same.
#ifndef TIDEOVER_APPSYNC_AMPLIFY_OUTPUTS_H_
#define TIDEOVER_APPSYNC_AMPLIFY_OUTPUTS_H_

#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <string_view>

#include "appsync/introspection.h"
#include "appsync/secret.h"

namespace tideover::appsync {

// Longest file that is read.
inline constexpr size_t kAmplifyOutputsBytesMax = size_t{16} << 20;

struct AmplifyOutputs {
  // data.url and data.aws_region; empty when the backend has no data.
  std::string url;
  std::string region;
  Secret api_key;
  // "API_KEY", "AMAZON_COGNITO_USER_POOLS", …
  std::string default_authorization;
  // auth.user_pool_id, auth.user_pool_client_id, auth.aws_region.
  std::string user_pool_id;
  std::string user_pool_client_id;
  std::string auth_region;
  // custom.cognito_endpoint: where a local user pool answers. Amplify's file has no field of its
  // own for it, and leaves `custom` to whoever writes the backend.
  std::string cognito_endpoint;
  std::optional<Introspection> schema;
};

// INVALID_ARGUMENT for what is no such file. Members that are not needed may be missing.
absl::StatusOr<AmplifyOutputs> ParseAmplifyOutputs(std::string_view text);

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_AMPLIFY_OUTPUTS_H_
