#include "config.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "appsync/amplify_outputs.h"
#include "base/status_macros.h"
#include "config_collections.h"
#include "config_operations.h"
#include "config_reader.h"
#include "config_toml.h"
#include "net/request_check.h"

namespace tideover {
namespace {

constexpr size_t kConfigBytesMax = size_t{1} << 20;
constexpr size_t kKeyFileBytesMax = 4096;
// Aliases of one query stay far below AppSync's tokens; what is beyond is mistyped.
constexpr size_t kBatchMax = 1000;
constexpr size_t kBundleMax = 100'000;

// What stands in the file and is needed only while it is read.
struct Written {
  std::string amplify_outputs;
  std::string api_key;
  std::string api_key_file;
  std::string cognito_region;
  std::optional<AuthMode> auth;
  std::vector<CollectionEntry> collections;
  std::vector<OperationEntry> operations;
};

absl::StatusOr<std::string> ReadFile(const std::string& path, size_t bytes_max, bool secret) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    const std::string message = fmt::format("cannot open {}: {}", path, std::strerror(errno));
    return errno == EACCES ? absl::PermissionDeniedError(message) : absl::NotFoundError(message);
  }
  std::string text;
  char buffer[16384];
  ssize_t got = 0;
  struct stat info = {};
  const bool open_to_others = ::fstat(file, &info) == 0 && (info.st_mode & 077) != 0;
  while (text.size() <= bytes_max && (got = ::read(file, buffer, sizeof(buffer))) > 0) {
    text.append(buffer, static_cast<size_t>(got));
  }
  const int error = errno;
  ::close(file);
  if (got < 0) {
    return absl::InvalidArgumentError(
        fmt::format("cannot read {}: {}", path, std::strerror(error)));
  }
  if (text.size() > bytes_max) {
    return absl::InvalidArgumentError(fmt::format("{} is longer than {} bytes", path, bytes_max));
  }
  if (secret && open_to_others) {
    return absl::PermissionDeniedError(fmt::format("{} may be read by others: chmod 600 it", path));
  }
  return text;
}

std::string WithoutSpace(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

void ReadBackend(ConfigReader reader, BackendConfig* backend, Written* written) {
  reader.Text("amplify_outputs", &written->amplify_outputs);
  reader.Text("url", &backend->url);
  reader.Text("region", &backend->region);
  reader.Word<std::optional<AuthMode>>(
      "auth", {{"", std::nullopt}, {"api_key", AuthMode::kApiKey}, {"cognito", AuthMode::kCognito}},
      &written->auth);
  reader.Text("api_key", &written->api_key);
  reader.Text("api_key_file", &written->api_key_file);
  reader.Text("ca_file", &backend->ca_file);
  reader.Duration("request_timeout", &backend->request_timeout);
  reader.Duration("connect_timeout", &backend->connect_timeout);
  if (std::optional<ConfigReader> cognito = reader.Table("cognito")) {
    cognito->Text("user_pool_id", &backend->cognito.user_pool_id);
    cognito->Text("client_id", &backend->cognito.client_id);
    cognito->Text("region", &written->cognito_region);
    cognito->Text("endpoint", &backend->cognito.endpoint);
    cognito->Word<RefreshMethod>("refresh",
                                 {{"auto", RefreshMethod::kAuto},
                                  {"initiate_auth", RefreshMethod::kInitiateAuth},
                                  {"get_tokens", RefreshMethod::kGetTokens}},
                                 &backend->cognito.refresh);
    cognito->Finish();
  }
  reader.Finish();
}

void ReadPush(ConfigReader reader, sync::PushTuning* push) {
  reader.Count("in_flight_max", 1, 1000, &push->in_flight_max);
  reader.Count("batch_max", 1, kBatchMax, &push->batch_max);
  reader.Count("bundle_max", 1, kBundleMax, &push->bundle_max);
  reader.Count("window_max", 1, 100'000, &push->window_max);
  reader.Duration("backoff_base", &push->backoff_base);
  reader.Duration("backoff_cap", &push->backoff_cap);
  reader.Duration("probe_cap", &push->probe_cap);
  reader.Duration("server_time_max", &push->server_time_max);
  reader.Finish();
}

void ReadStore(ConfigReader reader, StoreConfig* store) {
  reader.Bytes("quota", &store->quota);
  reader.Bytes("map_size", &store->map_size);
  reader.Finish();
  if (store->quota >= store->map_size) {
    reader.Fail("quota",
                "store.quota must be smaller than store.map_size: what lies between is the "
                "reserve that settling needs");
  }
}

void ReadLimits(ConfigReader reader, LimitsConfig* limits) {
  reader.Bytes("response_size", &limits->response_size);
  reader.Finish();
}

absl::Status ReadToml(const std::string& file, const std::string& text, Config* config,
                      Written* written) {
  ASSIGN_OR_RETURN(const TomlNode root, ParseToml(text, file));
  ConfigErrors errors{file, absl::OkStatus()};
  ConfigReader reader(&root, "", TomlPosition{}, &errors);
  reader.Text("state_dir", &config->state_dir);
  reader.Text("socket", &config->socket);
  reader.Word<base::LogLevel>("log_level",
                              {{"debug", base::LogLevel::kDebug},
                               {"info", base::LogLevel::kInfo},
                               {"warning", base::LogLevel::kWarning},
                               {"error", base::LogLevel::kError},
                               {"off", base::LogLevel::kOff}},
                              &config->log_level);
  if (auto backend = reader.Table("backend")) ReadBackend(*backend, &config->backend, written);
  if (auto push = reader.Table("push")) ReadPush(*push, &config->push);
  if (auto store = reader.Table("store")) ReadStore(*store, &config->store);
  if (auto limits = reader.Table("limits")) ReadLimits(*limits, &config->limits);
  if (auto collections = reader.Table("collections")) {
    for (auto& [name, collection] : collections->Tables()) {
      written->collections.push_back(ReadCollection(name, std::move(collection)));
    }
  }
  if (auto operations = reader.Table("operations")) {
    for (auto& [name, operation] : operations->Tables()) {
      written->operations.push_back(ReadOperationEntry(name, std::move(operation)));
    }
  }
  reader.Finish();
  return errors.first;
}

// Empty stays as it is; else what Amplify's file says.
void FillFrom(const std::string& theirs, std::string* ours) {
  if (ours->empty()) *ours = theirs;
}

absl::Status ChooseAuth(const appsync::AmplifyOutputs& outputs, const Written& written,
                        BackendConfig* backend) {
  const std::string& theirs = outputs.default_authorization;
  if (written.auth.has_value()) {
    backend->auth = *written.auth;
  } else if (theirs == "AMAZON_COGNITO_USER_POOLS" ||
             (theirs.empty() && !backend->cognito.client_id.empty())) {
    backend->auth = AuthMode::kCognito;
  } else if (theirs == "API_KEY" || theirs.empty()) {
    backend->auth = AuthMode::kApiKey;
  } else {
    return absl::InvalidArgumentError(fmt::format(
        "the backend's default authorization is {}, which is not supported yet: set backend.auth "
        "to \"api_key\" or \"cognito\"",
        theirs));
  }
  if (backend->auth == AuthMode::kApiKey && backend->api_key.empty()) {
    return absl::InvalidArgumentError(
        "backend.auth is \"api_key\", but no key is given: set backend.api_key_file");
  }
  if (backend->auth == AuthMode::kCognito && backend->cognito.client_id.empty()) {
    return absl::InvalidArgumentError(
        "backend.auth is \"cognito\", but backend.cognito.client_id is not known");
  }
  return absl::OkStatus();
}

absl::Status FinishCognito(const appsync::AmplifyOutputs& outputs, const Written& written,
                           CognitoConfig* cognito) {
  FillFrom(outputs.user_pool_id, &cognito->user_pool_id);
  FillFrom(outputs.user_pool_client_id, &cognito->client_id);
  FillFrom(outputs.cognito_endpoint, &cognito->endpoint);
  if (!cognito->endpoint.empty() || cognito->client_id.empty()) return absl::OkStatus();
  std::string region = written.cognito_region;
  FillFrom(outputs.auth_region, &region);
  FillFrom(cognito->user_pool_id.substr(0, cognito->user_pool_id.find('_')), &region);
  if (region.empty()) {
    return absl::InvalidArgumentError("backend.cognito.region is not known");
  }
  cognito->endpoint = fmt::format("https://cognito-idp.{}.amazonaws.com/", region);
  return absl::OkStatus();
}

absl::Status CheckEndpoint(std::string_view key, const std::string& url) {
  const auto checked = net::CheckUrl(url, /*allow_plain_http_loopback=*/true);
  if (checked.ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("{}: {}", key, std::string(checked.status().message())));
}

absl::Status FinishBackend(const appsync::AmplifyOutputs& outputs, const Written& written,
                           const std::string& directory, const ProcessPlaces& places,
                           BackendConfig* backend) {
  FillFrom(outputs.url, &backend->url);
  FillFrom(outputs.region, &backend->region);
  if (backend->url.empty()) {
    return absl::InvalidArgumentError(
        "no backend is given: set backend.amplify_outputs or backend.url");
  }
  RETURN_IF_ERROR(CheckEndpoint("backend.url", backend->url));
  backend->api_key = written.api_key.empty() ? outputs.api_key : appsync::Secret(written.api_key);
  if (!written.api_key_file.empty()) {
    const std::string path = PathFrom(directory, written.api_key_file, places);
    ASSIGN_OR_RETURN(const std::string key, ReadFile(path, kKeyFileBytesMax, /*secret=*/true));
    backend->api_key = appsync::Secret(WithoutSpace(key));
  }
  backend->ca_file = PathFrom(directory, backend->ca_file, places);
  RETURN_IF_ERROR(FinishCognito(outputs, written, &backend->cognito));
  RETURN_IF_ERROR(ChooseAuth(outputs, written, backend));
  if (backend->auth == AuthMode::kCognito) {
    RETURN_IF_ERROR(CheckEndpoint("backend.cognito.endpoint", backend->cognito.endpoint));
  }
  return absl::OkStatus();
}

absl::Status FinishPlaces(const std::string& directory, const ProcessPlaces& places,
                          Config* config) {
  config->state_dir = PathFrom(directory, config->state_dir, places);
  config->socket = PathFrom(directory, config->socket, places);
  if (config->state_dir.empty()) config->state_dir = DefaultStateDir(places);
  if (config->socket.empty()) config->socket = DefaultSocket(places);
  if (config->state_dir.empty() || config->socket.empty()) {
    return absl::InvalidArgumentError(
        "HOME is not set: give state_dir and socket in the configuration");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Config> LoadConfig(const ConfigSources& sources) {
  Config config;
  Written written;
  const std::string directory = DirectoryOf(sources.file);
  if (!sources.file.empty()) {
    ASSIGN_OR_RETURN(const std::string text, ReadFile(sources.file, kConfigBytesMax, false));
    RETURN_IF_ERROR(ReadToml(sources.file, text, &config, &written));
  }
  RETURN_IF_ERROR(FinishPlaces(directory, sources.places, &config));
  appsync::AmplifyOutputs outputs;
  const std::string outputs_file =
      sources.amplify_outputs.empty() ? PathFrom(directory, written.amplify_outputs, sources.places)
                                      : sources.amplify_outputs;
  if (!outputs_file.empty()) {
    ASSIGN_OR_RETURN(const std::string text,
                     ReadFile(outputs_file, appsync::kAmplifyOutputsBytesMax, false));
    absl::StatusOr<appsync::AmplifyOutputs> parsed = appsync::ParseAmplifyOutputs(text);
    if (!parsed.ok()) {
      return absl::InvalidArgumentError(
          fmt::format("{}: {}", outputs_file, std::string(parsed.status().message())));
    }
    outputs = *std::move(parsed);
  }
  RETURN_IF_ERROR(FinishBackend(outputs, written, directory, sources.places, &config.backend));
  const appsync::Introspection* schema = outputs.schema.has_value() ? &*outputs.schema : nullptr;
  ASSIGN_OR_RETURN(config.collections, BindCollections(written.collections, schema, &config.notes));
  ASSIGN_OR_RETURN(config.operations, BindOperations(written.operations, schema, &config.notes));
  if (config.collections.empty()) {
    return absl::InvalidArgumentError(
        "there are no collections: the schema has no models that can be used, and [collections.*] "
        "names none");
  }
  return config;
}

sync::Tuning TuningOf(const Config& config) {
  sync::Tuning tuning;
  tuning.push = config.push;
  for (const CollectionConfig& collection : config.collections) {
    tuning.collections[collection.binding.name] = collection.tuning;
  }
  for (const auto& [name, operation] : config.operations) {
    tuning.operations[name] = operation.tuning;
  }
  return tuning;
}

doors::RulesByCollection RulesOf(const Config& config) {
  doors::RulesByCollection rules;
  for (const CollectionConfig& collection : config.collections) {
    rules[collection.binding.name] = collection.rules;
  }
  return rules;
}

doors::RulesByOperation OperationRulesOf(const Config& config) {
  doors::RulesByOperation rules;
  for (const auto& [name, operation] : config.operations) rules[name] = operation.rules;
  return rules;
}

appsync::Bindings BindingsOf(const Config& config) {
  appsync::Bindings bindings;
  for (const CollectionConfig& collection : config.collections) {
    bindings.collections.push_back(collection.binding);
  }
  for (const auto& [name, operation] : config.operations) {
    bindings.operations[name] = operation.binding;
  }
  return bindings;
}

net::HttpOptions HttpOptionsOf(const Config& config) {
  const BackendConfig& backend = config.backend;
  net::HttpOptions options;
  options.ca_file = backend.ca_file;
  options.connect_timeout = backend.connect_timeout;
  options.body_bytes_max = config.limits.response_size;
  options.allow_plain_http_loopback =
      backend.url.starts_with("http://") || backend.cognito.endpoint.starts_with("http://");
  // Without TLS nobody offers HTTP/2, and each connection carries one request at a time.
  options.http2 = !backend.url.starts_with("http://");
  return options;
}

std::string BackendIdOf(const std::string& url) {
  const size_t scheme = url.find("://");
  std::string id;
  for (size_t i = scheme == std::string::npos ? 0 : scheme + 3; i < url.size(); ++i) {
    const char c = url[i];
    if (c == '/' || c == ':' || c == '?' || id.size() >= 48) break;
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
    id += plain ? c : (c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : '_');
  }
  // FNV-1a, 64 bits. It names a directory on disk: never to change.
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : url) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3;
  }
  return fmt::format("{}-{:012x}", id, hash & 0xffffffffffff);
}

}  // namespace tideover
