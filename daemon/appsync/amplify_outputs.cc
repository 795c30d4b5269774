#include "appsync/amplify_outputs.h"

#include "base/json.h"
#include "base/status_macros.h"

namespace tideover::appsync {
namespace {

std::string TextAt(const json::Value& value, std::string_view pointer) {
  const json::Value* found = json::Resolve(value, pointer);
  return found != nullptr && found->is_string() ? found->text() : "";
}

}  // namespace

absl::StatusOr<AmplifyOutputs> ParseAmplifyOutputs(std::string_view text) {
  ASSIGN_OR_RETURN(const json::Value root,
                   json::ParseObject(text, {.bytes_max = kAmplifyOutputsBytesMax}));
  if (root.Find("data") == nullptr && root.Find("auth") == nullptr) {
    return absl::InvalidArgumentError("it has neither \"data\" nor \"auth\"");
  }
  AmplifyOutputs outputs;
  outputs.url = TextAt(root, "/data/url");
  outputs.region = TextAt(root, "/data/aws_region");
  outputs.api_key = Secret(TextAt(root, "/data/api_key"));
  outputs.default_authorization = TextAt(root, "/data/default_authorization_type");
  outputs.user_pool_id = TextAt(root, "/auth/user_pool_id");
  outputs.user_pool_client_id = TextAt(root, "/auth/user_pool_client_id");
  outputs.auth_region = TextAt(root, "/auth/aws_region");
  outputs.cognito_endpoint = TextAt(root, "/custom/cognito_endpoint");
  if (const json::Value* schema = json::Resolve(root, "/data/model_introspection")) {
    ASSIGN_OR_RETURN(outputs.schema, ParseIntrospection(*schema));
  }
  return outputs;
}

}  // namespace tideover::appsync
