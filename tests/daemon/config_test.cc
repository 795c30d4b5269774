#include "config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "appsync/schemas.h"

namespace tideover {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string ReadAll(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string Outputs(std::string_view schema) {
  return std::string(R"({"auth":{"user_pool_id":"eu-west-1_Pool","aws_region":"eu-west-1",
    "user_pool_client_id":"client"},"data":{"url":"http://localhost:20002/graphql","aws_region":
    "eu-west-1","api_key":"da2-fake","default_authorization_type":"AMAZON_COGNITO_USER_POOLS",
    "model_introspection":)") +
         std::string(schema) + "}}";
}

class ConfigTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "/config-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    Write("amplify_outputs.json", Outputs(appsync::kTodoSchema));
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string Write(const std::string& name, const std::string& text) {
    const std::string path = directory_ + "/" + name;
    std::ofstream(path) << text;
    ::chmod(path.c_str(), 0600);
    return path;
  }

  ProcessPlaces Places() const {
    ProcessPlaces places;
    places.home = "/home/ann";
    places.xdg_runtime_dir = "/run/user/7";
    return places;
  }

  absl::StatusOr<Config> Load(const std::string& toml) {
    return LoadConfig({Write("tideover.toml", toml), "", Places()});
  }

  // The message without the directory of this run.
  std::string Mistake(const std::string& toml) {
    const auto config = Load(toml);
    if (config.ok()) return "";
    std::string message(config.status().message());
    const size_t at = message.find(directory_ + "/");
    if (at != std::string::npos) message.erase(at, directory_.size() + 1);
    return message;
  }

  std::string directory_;
};

constexpr char kTodos[] =
    R"([collections.todos]
id = "_id"
ids = "server"                      # or "client" (objectid, uuid)
conflict = "last_write_wins"
list   = { field = "listTodo",   items = "/todoList", ok = { "/statusCode" = "200" } }
create = { field = "addTodo",    arguments = ["content"], )"
    R"(document = "/todo", select = "statusCode todo { _id content }", )"
    R"(ok = { "/statusCode" = "200" } }
update = { field = "updateTodo", arguments = ["_id", "content"], )"
    R"(select = "statusCode", ok = { "/statusCode" = "200" } }
delete = { field = "deleteTodo", arguments = ["_id"], )"
    R"(select = "statusCode deletedId", ok = { "/statusCode" = "200" } }
)";

const std::string kBackend = "[backend]\namplify_outputs = \"amplify_outputs.json\"\n";

// Everything of a Config that a key can set, for comparison as a whole.
std::string Shown(const Config& c) {
  std::stringstream out;
  out << c.state_dir << '\n' << c.socket << '\n' << static_cast<int>(c.log_level) << '\n';
  const BackendConfig& b = c.backend;
  out << b.url << ' ' << b.region << ' ' << static_cast<int>(b.auth) << ' ' << b.api_key.Reveal()
      << ' ' << b.ca_file << ' ' << b.request_timeout.count() << ' ' << b.connect_timeout.count()
      << '\n';
  out << b.cognito.user_pool_id << ' ' << b.cognito.client_id << ' ' << b.cognito.endpoint << ' '
      << static_cast<int>(b.cognito.refresh) << '\n';
  out << c.push.in_flight_max << ' ' << c.push.batch_max << ' ' << c.push.bundle_max << ' '
      << c.push.window_max << ' ' << c.push.backoff_base.count() << ' '
      << c.push.backoff_cap.count() << ' ' << c.push.probe_cap.count() << ' '
      << c.push.server_time_max.count() << '\n';
  out << c.store.quota << ' ' << c.store.map_size << ' ' << c.limits.response_size << '\n';
  for (const CollectionConfig& one : c.collections) {
    out << one.binding.name << ' ' << static_cast<int>(one.binding.ids) << ' '
        << one.binding.create->refusals.size() << ' ' << static_cast<int>(one.tuning.ambiguous)
        << ' ' << one.tuning.stale_time.count() << ' ' << one.tuning.poll_interval.count() << ' '
        << one.tuning.refetch_on_settle << ' ' << static_cast<int>(one.tuning.network_mode) << ' '
        << static_cast<int>(one.rules.conflict) << ' ' << static_cast<int>(one.rules.prefer) << ' '
        << one.rules.version_field << ' ' << one.rules.references.size() << ' '
        << one.binding.subscriptions.size() << '\n';
  }
  return out.str();
}

// The example with every key that it shows in a comment written out.
std::string Uncommented(const std::string& example) {
  return std::regex_replace(example, std::regex("(^|\n)#([a-z_]+ = )"), "$1$2");
}

TEST_F(ConfigTest, ReadsTheBindingOfTheDesign) {
  const auto config = Load(kBackend + kTodos);
  ASSERT_TRUE(config.ok()) << config.status();
  ASSERT_EQ(config->collections.size(), 1u);
  const appsync::CollectionBinding& todos = config->collections[0].binding;
  EXPECT_EQ(todos.name, "todos");
  EXPECT_EQ(todos.id_field, "_id");
  EXPECT_EQ(todos.create->document, "/todo");
  ASSERT_EQ(todos.update->ok.size(), 1u);
  EXPECT_EQ(todos.update->ok[0], (appsync::Condition{"/statusCode", "200"}));
  EXPECT_EQ(config->backend.auth, AuthMode::kCognito);
  EXPECT_EQ(config->backend.cognito.endpoint, "https://cognito-idp.eu-west-1.amazonaws.com/");
  EXPECT_TRUE(HttpOptionsOf(*config).allow_plain_http_loopback);
  EXPECT_TRUE(RulesOf(*config).at("todos").can_delete);
  EXPECT_TRUE(TuningOf(*config).collections.contains("todos"));
}

TEST_F(ConfigTest, TheExampleParsesAndShowsTheDefaults) {
  const std::string example = ReadAll(TIDEOVER_EXAMPLE);
  ASSERT_FALSE(example.empty());
  const std::string uncommented = Uncommented(example);
  ASSERT_GT(uncommented.find("\nbackoff_cap = "), 0u);
  const auto written = Load(example);
  const auto all = Load(uncommented);
  const auto none = Load(kBackend + kTodos);
  ASSERT_TRUE(written.ok()) << written.status();
  ASSERT_TRUE(all.ok()) << all.status();
  ASSERT_TRUE(none.ok()) << none.status();
  EXPECT_EQ(Shown(*written), Shown(*none));
  EXPECT_EQ(Shown(*all), Shown(*none));
}

// The message on an unknown key lists the known ones: each must stand in the example.
TEST_F(ConfigTest, TheExampleShowsEveryKey) {
  const std::string example = Uncommented(ReadAll(TIDEOVER_EXAMPLE));
  for (const char* table :
       {"", "[backend]\n", "[backend.cognito]\n", "[push]\n", "[store]\n", "[limits]\n",
        "[collections.x]\n", "[collections.x.list]\n", "[collections.x.batch]\n",
        "[[collections.x.subscriptions]]\n", "[operations.x]\n"}) {
    const std::string message = Mistake(std::string(table) + "zzzzzzzzzz = 1\n");
    const size_t known = message.find("known here: ");
    ASSERT_NE(known, std::string::npos) << message;
    std::stringstream keys(message.substr(known + 12));
    for (std::string key; std::getline(keys >> std::ws, key, ',');) {
      const bool shown = std::regex_search(example, std::regex("\\b" + key + " = ")) ||
                         std::regex_search(example, std::regex("\\[" + key + "\\b")) ||
                         std::regex_search(example, std::regex("\\." + key + "\\]")) ||
                         std::regex_search(example, std::regex("# .*\\b" + key + "[:,]"));
      EXPECT_TRUE(shown) << table << key;
    }
  }
}

TEST_F(ConfigTest, NamesThePlaceOfAMistake) {
  EXPECT_EQ(Mistake("[colections.todos]\n"),
            "tideover.toml:1:2: unknown key \"colections\"; did you mean \"collections\"?");
  EXPECT_EQ(Mistake(kBackend + "[push]\nin_flight_max = 0\n"),
            "tideover.toml:4:17: \"push.in_flight_max\" must be between 1 and 1000");
  EXPECT_THAT(Mistake("[store]\nquota = \"64GiB\"\n"),
              StartsWith("tideover.toml:2:9: store.quota must be smaller than store.map_size"));
  EXPECT_THAT(Mistake(kBackend + "[collections.\"to do\"]\n"),
              AllOf(StartsWith("tideover.toml:3:"), HasSubstr("the collection name must be")));
  EXPECT_THAT(Mistake(kBackend + "[collections.t]\nlist = { items = \"/x\" }\n"),
              StartsWith("tideover.toml:4:1: \"field\" is missing"));
}

TEST_F(ConfigTest, NamesThePlaceOfABindingThatTheSchemaDoesNotHave) {
  std::string toml = kBackend + kTodos;
  toml.replace(toml.find("addTodo"), 7, "addTodos");
  EXPECT_EQ(Mistake(toml),
            "tideover.toml:8:1: collections.todos.create: the schema has no mutation \"addTodos\"; "
            "the nearest is \"addTodo\"");
}

TEST_F(ConfigTest, LimitsOfSharingAreReached) {
  for (const char* ok : {"batch_max = 1", "batch_max = 1000", "bundle_max = 100000"}) {
    EXPECT_EQ(Mistake(kBackend + "[push]\n" + ok + "\n" + kTodos), "");
  }
  EXPECT_THAT(Mistake(kBackend + "[push]\nbatch_max = 1001\n"),
              HasSubstr("\"push.batch_max\" must be between 1 and 1000"));
  EXPECT_THAT(Mistake(kBackend + "[push]\nbundle_max = 0\n"),
              HasSubstr("\"push.bundle_max\" must be between 1 and 100000"));
}

// The models of the schema with what the introspection does not tell.
constexpr char kProjects[] = R"([collections.projects]
model = "Project"
version = "_version"
conflict = "merge"
prefer = "client"
)";

TEST_F(ConfigTest, ReadsWhatHappensInAConflict) {
  Write("amplify_outputs.json", Outputs(appsync::kModelSchema));
  const auto config = Load(kBackend + kProjects + "references = { name = \"projects\" }\n");
  ASSERT_TRUE(config.ok()) << config.status();
  const doors::CollectionRules rules = RulesOf(*config).at("projects");
  EXPECT_EQ(rules.conflict, doors::ConflictMode::kMerge);
  EXPECT_EQ(rules.prefer, doors::Prefer::kClient);
  EXPECT_EQ(rules.version_field, "_version");
  EXPECT_EQ(rules.references.at("name"), "projects");
  EXPECT_EQ(config->collections[0].binding.update->version_argument, "_version");
}

TEST_F(ConfigTest, RefusesConflictsAndReferencesThatCannotWork) {
  Write("amplify_outputs.json", Outputs(appsync::kModelSchema));
  EXPECT_THAT(Mistake(kBackend + "[collections.p]\nmodel = \"Project\"\nconflict = \"manual\"\n"),
              AllOf(StartsWith("tideover.toml:5:"), HasSubstr("say version = \"_version\"")));
  EXPECT_THAT(Mistake(kBackend + kProjects + "references = { name = \"people\" }\n"),
              HasSubstr("the collection \"people\", which is none of projects"));
  EXPECT_THAT(Mistake(kBackend + kProjects + "references = { owner = \"projects\" }\n"),
              HasSubstr("no operation carries \"owner\""));
}

TEST_F(ConfigTest, EveryMutationOfTheSchemaMayBeInvoked) {
  const auto config = Load(kBackend + kTodos +
                           "[operations.rename]\nfield = \"updateTodo\"\nselect = "
                           "\"statusCode\"\nrefusals = [\"Declined\"]\n"
                           "[operations.deleteTodo]\nambiguous = \"resend\"\n");
  ASSERT_TRUE(config.ok()) << config.status();
  const doors::RulesByOperation rules = OperationRulesOf(*config);
  ASSERT_EQ(rules.size(), 4u);
  EXPECT_TRUE(rules.at("addTodo").required.contains("content"));
  EXPECT_TRUE(rules.at("rename").arguments.contains("_id"));
  const sync::Tuning tuning = TuningOf(*config);
  EXPECT_EQ(tuning.operations.at("addTodo").ambiguous, sync::AmbiguousInvoke::kHold);
  EXPECT_EQ(tuning.operations.at("deleteTodo").ambiguous, sync::AmbiguousInvoke::kResend);
  const appsync::Bindings bindings = BindingsOf(*config);
  EXPECT_EQ(bindings.operations.at("rename").field, "updateTodo");
  EXPECT_EQ(bindings.operations.at("rename").refusals.size(), 1u);
  EXPECT_THAT(Mistake(kBackend + kTodos + "[operations.nowhere]\n"),
              HasSubstr("operations.nowhere: the schema has no mutation \"nowhere\""));
}

TEST_F(ConfigTest, ReadsABatchOperation) {
  std::string toml = kBackend + kTodos;
  const std::string batch =
      "batch = { field = \"applyTodos\", argument = \"writes: [TodoWrite!]!\", results = "
      "\"/results\", select = \"results { status reason todo { _id content } }\", kind = \"op\", "
      "kinds = { create = \"add\" }, mutation = \"mutationId\", values = \"values\", "
      "values_as_text = true, ok = { \"/status\" = \"ok\" }, conflict = { \"/status\" = \"old\" "
      "}, retry = { \"/status\" = \"busy\" }, document = \"/todo\", error = \"/reason\" }\n";
  EXPECT_THAT(Mistake(toml + batch),
              HasSubstr("collections.todos.batch: the schema has no mutation \"applyTodos\""));
  toml =
      "[backend]\nurl = \"http://localhost:1/graphql\"\napi_key = \"k\"\n"
      "[collections.todos]\nid = \"_id\"\n"
      "list = { field = \"listTodo\", arguments = [], items = \"/todoList\", select = "
      "\"todoList { _id content }\" }\n"
      "create = { field = \"addTodo\", arguments = [\"content: String!\"], select = \"_id "
      "content\" }\n" +
      batch;
  const auto config = Load(toml);
  ASSERT_TRUE(config.ok()) << config.status();
  const appsync::BatchBinding& bound = *config->collections[0].binding.batch;
  EXPECT_EQ(bound.create_word, "add");
  EXPECT_EQ(bound.kind_member, "op");
  EXPECT_EQ(bound.mutation_member, "mutationId");
  EXPECT_EQ(bound.values_member, "values");
  EXPECT_TRUE(bound.values_as_text);
  EXPECT_EQ(bound.ok.size() + bound.conflict.size() + bound.retry.size(), 3u);
  EXPECT_EQ(bound.error, "/reason");
}

constexpr char kSubscriptions[] =
    "subscriptions = [{ field = \"onAddTodo\", document = \"/todo\", select = \"statusCode todo { "
    "_id content }\", ok = { \"/statusCode\" = \"200\" } },\n"
    "  { field = \"onDeleteTodo\", select = \"deletedId\", document = \"/deletedId\", deletes = "
    "true "
    "}]\n";

TEST_F(ConfigTest, ReadsSubscriptions) {
  const auto config = Load(kBackend + kTodos + kSubscriptions);
  ASSERT_TRUE(config.ok()) << config.status();
  const auto& bound = config->collections[0].binding.subscriptions;
  ASSERT_EQ(bound.size(), 2u);
  EXPECT_EQ(bound[0].field, "onAddTodo");
  EXPECT_EQ(bound[0].document, "/todo");
  EXPECT_TRUE(bound[0].document_is_whole);
  EXPECT_EQ(bound[0].ok.size(), 1u);
  EXPECT_FALSE(bound[0].deletes);
  EXPECT_TRUE(bound[1].deletes);
}

TEST_F(ConfigTest, LiveFalseListensToNothing) {
  const auto config = Load(kBackend + kTodos + kSubscriptions + "live = false\n");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_TRUE(config->collections[0].binding.subscriptions.empty());
  Write("amplify_outputs.json", Outputs(appsync::kModelSchema));
  const auto models = Load(kBackend + kProjects + "live = false\n");
  ASSERT_TRUE(models.ok()) << models.status();
  EXPECT_TRUE(models->collections[0].binding.subscriptions.empty());
}

TEST_F(ConfigTest, NamesThePlaceOfAMistakeInASubscription) {
  const std::string toml = kBackend + kTodos;
  EXPECT_EQ(Mistake(toml + "subscriptions = [{ document = \"/todo\" }]\n"),
            "tideover.toml:11:18: \"field\" is missing: the operation's name");
  EXPECT_EQ(Mistake(toml + "subscriptions = [{ field = \"onAddTodo\", items = \"/x\" }]\n"),
            "tideover.toml:11:41: unknown key \"items\"; known here: field, arguments, select, ok, "
            "document, deletes");
  EXPECT_EQ(Mistake(toml + "subscriptions = [\"onAddTodo\"]\n"),
            "tideover.toml:11:18: \"collections.todos.subscriptions[0]\" must be a table");
  EXPECT_EQ(Mistake(toml + "subscriptions = { field = \"onAddTodo\" }\n"),
            "tideover.toml:11:17: \"collections.todos.subscriptions\" must be an array of tables");
  EXPECT_EQ(Mistake(toml + "subscriptions = [{ field = \"onAddTodo\" }]\n"),
            "tideover.toml:11:18: collections.todos.subscriptions[0]: the schema tells of no "
            "subscriptions: \"select\" must be given");
}

TEST_F(ConfigTest, AmplifyOutputsAloneAreEnoughForModels) {
  Write("amplify_outputs.json", Outputs(appsync::kModelSchema));
  const auto config = LoadConfig({"", directory_ + "/amplify_outputs.json", Places()});
  ASSERT_TRUE(config.ok()) << config.status();
  ASSERT_EQ(config->collections.size(), 1u);
  EXPECT_EQ(config->collections[0].binding.name, "Project");
  ASSERT_EQ(config->notes.size(), 1u);
  EXPECT_THAT(config->notes[0], HasSubstr("model Task has a composite key"));
  EXPECT_EQ(config->state_dir, "/home/ann/.local/state/tideover");
  EXPECT_EQ(config->socket, "/run/user/7/tideover/tideover.sock");
}

TEST_F(ConfigTest, ALocalUserPoolIsFoundWhereTheFileSays) {
  std::string outputs = Outputs(appsync::kTodoSchema);
  outputs.insert(1, R"("custom":{"cognito_endpoint":"http://127.0.0.1:20003/"},)");
  Write("amplify_outputs.json", outputs);
  const auto config = Load(kBackend + kTodos);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->backend.cognito.endpoint, "http://127.0.0.1:20003/");
  const auto told =
      Load(kBackend + "[backend.cognito]\nendpoint = \"http://127.0.0.1:1/\"\n" + kTodos);
  ASSERT_TRUE(told.ok()) << told.status();
  EXPECT_EQ(told->backend.cognito.endpoint, "http://127.0.0.1:1/") << "the configuration wins";
}

TEST_F(ConfigTest, WithoutCollectionsThereIsNothingToDo) {
  EXPECT_THAT(Mistake(kBackend), HasSubstr("there are no collections"));
}

TEST_F(ConfigTest, PathsAreRelativeToTheFile) {
  const auto config = Load("state_dir = \"state\"\nsocket = \"~/t.sock\"\n" + kBackend +
                           "ca_file = \"/etc/ca.pem\"\n" + kTodos);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->state_dir, directory_ + "/state");
  EXPECT_EQ(config->socket, "/home/ann/t.sock");
  EXPECT_EQ(config->backend.ca_file, "/etc/ca.pem");
}

TEST_F(ConfigTest, AKeyFileThatOthersMayReadIsRefused) {
  const std::string key = Write("key", "da2-secret\n");
  const std::string toml =
      kBackend + "auth = \"api_key\"\napi_key_file = \"key\"\n" + std::string(kTodos);
  const auto config = Load(toml);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->backend.api_key.Reveal(), "da2-secret");
  ::chmod(key.c_str(), 0644);
  EXPECT_THAT(Mistake(toml), AllOf(HasSubstr("may be read by others"), HasSubstr("chmod 600")));
}

TEST_F(ConfigTest, AFileThatIsNotThereIsNamed) {
  EXPECT_THAT(Mistake("[backend]\namplify_outputs = \"nowhere.json\"\n"),
              HasSubstr("cannot open nowhere.json"));
  const auto config = LoadConfig({directory_ + "/none.toml", "", Places()});
  EXPECT_EQ(config.status().code(), absl::StatusCode::kNotFound);
}

TEST_F(ConfigTest, ABackendThatCannotBeReachedSafelyIsRefused) {
  EXPECT_THAT(Mistake(kTodos), HasSubstr("no backend is given"));
  EXPECT_THAT(Mistake(kBackend + "url = \"http://example.com/graphql\"\n" + kTodos),
              HasSubstr("backend.url: "));
  EXPECT_THAT(Mistake(kBackend + "url = \"ftp://example.com/\"\n" + kTodos),
              HasSubstr("backend.url: "));
}

TEST_F(ConfigTest, AnAuthorizationThatIsNotSupportedIsNamed) {
  std::string outputs = Outputs(appsync::kTodoSchema);
  outputs.replace(outputs.find("AMAZON_COGNITO_USER_POOLS"), 25, "AWS_LAMBDA");
  Write("amplify_outputs.json", outputs);
  EXPECT_THAT(Mistake(kBackend + kTodos), HasSubstr("AWS_LAMBDA, which is not supported yet"));
}

TEST_F(ConfigTest, TheBackendsDirectoryNeverChangesItsName) {
  EXPECT_EQ(BackendIdOf("http://localhost:20002/graphql"), "localhost-167ac4c2a6c4");
  EXPECT_NE(BackendIdOf("http://localhost:20003/graphql"),
            BackendIdOf("http://localhost:20002/graphql"));
  EXPECT_EQ(BackendIdOf("https://../x").find('/'), std::string::npos);
}

}  // namespace
}  // namespace tideover
