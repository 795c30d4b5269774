// Config: everything that the daemon is told, read once at start from a TOML file and from
// Amplify's amplify_outputs.json, checked as a whole. A value, not changed afterwards.
// packaging/tideover.toml shows every key with its default; the defaults themselves are those of
// the structs here.
//
// An unknown key, a wrong type, a binding that the schema does not have: INVALID_ARGUMENT with
// file, line, column and what was probably meant. A file that cannot be read: NOT_FOUND or
// PERMISSION_DENIED with its path. Secrets come from files, never from arguments or the
// environment.
#ifndef TIDEOVER_CONFIG_H_
#define TIDEOVER_CONFIG_H_

#include <absl/status/statusor.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "appsync/binding.h"
#include "appsync/secret.h"
#include "base/clock.h"
#include "base/logging.h"
#include "config_paths.h"
#include "doors/rules.h"
#include "net/http_options.h"
#include "sync/tuning.h"

namespace tideover {

enum class AuthMode { kApiKey, kCognito };

// How Cognito is asked for new tokens.
enum class RefreshMethod {
  // By InitiateAuth, and by GetTokensFromRefreshToken once that is refused (rotation is on).
  kAuto,
  kInitiateAuth,
  kGetTokens,
};

struct CognitoConfig {
  std::string user_pool_id;
  std::string client_id;
  // https://cognito-idp.<region>.amazonaws.com/, or where a local one listens.
  std::string endpoint;
  RefreshMethod refresh = RefreshMethod::kAuto;
};

struct BackendConfig {
  // AppSync's GraphQL endpoint.
  std::string url;
  std::string region;
  AuthMode auth = AuthMode::kApiKey;
  appsync::Secret api_key;
  // More trusted certificate authorities, PEM; empty: the system's only.
  std::string ca_file;
  // From sending a request to the last byte of its answer.
  base::Millis request_timeout{30'000};
  base::Millis connect_timeout{10'000};
  CognitoConfig cognito;
};

struct StoreConfig {
  // Above it new writes are refused; what is in the outbox still settles.
  uint64_t quota = uint64_t{48} << 30;
  // Address space of the database, not disk.
  uint64_t map_size = uint64_t{64} << 30;
};

struct LimitsConfig {
  // Longest answer of the backend, decoded.
  uint64_t response_size = uint64_t{8} << 20;
};

struct CollectionConfig {
  appsync::CollectionBinding binding;
  sync::CollectionTuning tuning;
  doors::CollectionRules rules;
};

struct OperationConfig {
  appsync::OperationBinding binding;
  sync::OperationTuning tuning;
  doors::OperationRules rules;
};

struct Config {
  // Where identities, logs and caches live.
  std::string state_dir;
  // Where the API listens.
  std::string socket;
  base::LogLevel log_level = base::LogLevel::kInfo;
  BackendConfig backend;
  sync::PushTuning push;
  StoreConfig store;
  LimitsConfig limits;
  // In the order of the file.
  std::vector<CollectionConfig> collections;
  // What apps may invoke, by the names they use.
  std::map<std::string, OperationConfig, std::less<>> operations;
  // What deserves a line in the log: models that were left out, and why.
  std::vector<std::string> notes;
};

struct ConfigSources {
  // Empty: there is none; then amplify_outputs is needed.
  std::string file;
  // Takes the place of backend.amplify_outputs.
  std::string amplify_outputs;
  ProcessPlaces places;
};

absl::StatusOr<Config> LoadConfig(const ConfigSources& sources);

// The parts that others want, made of the whole.
sync::Tuning TuningOf(const Config& config);
doors::RulesByCollection RulesOf(const Config& config);
doors::RulesByOperation OperationRulesOf(const Config& config);
appsync::Bindings BindingsOf(const Config& config);
net::HttpOptions HttpOptionsOf(const Config& config);

// The backend's directory in the state directory: host and hash of the endpoint, for ever the same.
std::string BackendIdOf(const std::string& url);

}  // namespace tideover

#endif  // TIDEOVER_CONFIG_H_
