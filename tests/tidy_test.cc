// The style of this repository, made executable: layers, the one home of each library, the doors
// that writes pass through, banned calls, lengths, comments, and files that no build knows. It
// reads the sources as text, so that it needs no build of them; each test names every place at
// fault.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace tideover {
namespace {

namespace fs = std::filesystem;

struct File {
  std::string path;  // From the root of the repository.
  std::vector<std::string> lines;
  std::vector<std::string> code;  // The same without comments and the insides of strings.

  bool Is(const std::string& extension) const { return path.ends_with(extension); }
  bool IsSource() const { return Is(".cc") || Is(".h"); }
  bool In(const std::string& prefix) const { return path.starts_with(prefix); }
  // "store" for daemon/store/env.cc, "main" for daemon/main.cc, "" outside of the daemon.
  std::string Module() const {
    if (!In("daemon/")) return "";
    const size_t end = path.find('/', 7);
    return end == std::string::npos ? "main" : path.substr(7, end - 7);
  }
};

// Blanks comments and the insides of string and character literals, raw strings too.
std::vector<std::string> CodeOf(const std::vector<std::string>& lines) {
  std::vector<std::string> code;
  std::string raw_end;  // Of the raw string that goes on over lines.
  bool in_comment = false;
  for (const std::string& line : lines) {
    std::string out;
    for (size_t i = 0; i < line.size(); ++i) {
      if (!raw_end.empty()) {
        const size_t end = line.find(raw_end, i);
        if (end == std::string::npos) break;
        i = end + raw_end.size() - 1;
        raw_end.clear();
        out += "\"\"";
      } else if (in_comment) {
        const size_t end = line.find("*/", i);
        if (end == std::string::npos) break;
        i = end + 1;
        in_comment = false;
      } else if (line.compare(i, 2, "//") == 0) {
        break;
      } else if (line.compare(i, 2, "/*") == 0) {
        in_comment = true;
        ++i;
      } else if (line.compare(i, 2, "R\"") == 0) {
        const size_t open = line.find('(', i);
        if (open == std::string::npos) break;
        raw_end = ")" + line.substr(i + 2, open - i - 2) + "\"";
        i = open;
      } else if (line[i] == '"' || (line[i] == '\'' && (i == 0 || !std::isalnum(line[i - 1])))) {
        const char quote = line[i];
        for (++i; i < line.size() && line[i] != quote; ++i) i += line[i] == '\\' ? 1 : 0;
        out += std::string(2, quote);
      } else {
        out += line[i];
      }
    }
    code.push_back(std::move(out));
  }
  return code;
}

std::vector<std::string> LinesOf(const fs::path& path) {
  std::ifstream stream(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

bool IsForeign(const fs::path& path) {
  const std::string name = path.filename().string();
  return name == "node_modules" || name == "build" || name == ".git" || name == "dist" ||
         name.starts_with("build-") || name.starts_with("cmake-build");
}

// Every file of ours, read once.
const std::vector<File>& Tree() {
  static const auto* const files = [] {
    auto* read = new std::vector<File>;
    const fs::path root = TIDEOVER_SOURCE_DIR;
    for (auto it = fs::recursive_directory_iterator(root); it != fs::end(it); ++it) {
      if (it->is_directory() && IsForeign(it->path())) it.disable_recursion_pending();
      if (!it->is_regular_file()) continue;
      const std::string path = fs::relative(it->path(), root).string();
      const std::string extension = it->path().extension().string();
      const std::set<std::string> known = {".cc", ".h",    ".proto", ".cmake", ".txt",  ".md",
                                           ".sh", ".toml", ".ts",    ".json",  ".yaml", ".service"};
      if (!known.contains(extension) && !path.starts_with(".ci/")) continue;
      if (path.ends_with("package-lock.json")) continue;
      File file{path, LinesOf(it->path()), {}};
      if (file.IsSource()) file.code = CodeOf(file.lines);
      read->push_back(std::move(file));
    }
    std::sort(read->begin(), read->end(),
              [](const File& a, const File& b) { return a.path < b.path; });
    return read;
  }();
  return *files;
}

// What a test found: none of it is allowed.
class Findings {
 public:
  void Add(const File& file, size_t line, const std::string& what) {
    text_ += "  " + file.path + ":" + std::to_string(line + 1) + ": " + what + "\n";
    ++count_;
  }
  void Add(const File& file, const std::string& what) {
    text_ += "  " + file.path + ": " + what + "\n";
    ++count_;
  }
  ~Findings() { EXPECT_EQ(count_, 0) << text_; }

 private:
  int count_ = 0;
  std::string text_;
};

struct Include {
  size_t line = 0;
  std::string name;
  bool angled = false;
};

std::vector<Include> IncludesOf(const File& file) {
  static const std::regex pattern(R"re(^\s*#include ([<"])([^>"]+)[>"])re");
  std::vector<Include> includes;
  for (size_t i = 0; i < file.lines.size(); ++i) {
    std::smatch match;
    if (!std::regex_search(file.lines[i], match, pattern)) continue;
    includes.push_back({i, match[2], match[1] == "<"});
  }
  return includes;
}

const std::map<std::string, int>& Levels() {
  static const std::map<std::string, int> levels = {
      {"base", 0}, {"store", 1}, {"loop", 1}, {"log", 2},     {"cache", 2}, {"net", 2},
      {"view", 3}, {"doors", 4}, {"sync", 5}, {"appsync", 6}, {"api", 6},   {"main", 7}};
  return levels;
}

// The module that an include names; "" for what is no module of the daemon.
std::string ModuleOf(const Include& include) {
  if (include.angled) return "";
  const size_t slash = include.name.find('/');
  if (slash == std::string::npos) return "main";
  const std::string module = include.name.substr(0, slash);
  return Levels().contains(module) ? module : "";
}

TEST(Tidy, TheTreeIsThere) {
  EXPECT_GT(Tree().size(), 100u);
  const auto daemon = std::count_if(Tree().begin(), Tree().end(),
                                    [](const File& file) { return file.Module() == "store"; });
  EXPECT_GT(daemon, 5);
}

TEST(Tidy, ModulesIncludeLowerLevelsOnly) {
  Findings findings;
  for (const File& file : Tree()) {
    const std::string module = file.Module();
    if (module.empty() || !file.IsSource()) continue;
    if (!Levels().contains(module)) {
      findings.Add(file, "the module \"" + module + "\" has no level");
      continue;
    }
    for (const Include& include : IncludesOf(file)) {
      const std::string other = ModuleOf(include);
      if (other.empty() || other == module) continue;
      if (Levels().at(other) >= Levels().at(module)) {
        findings.Add(file, include.line, module + " must not include " + include.name);
      }
    }
  }
}

TEST(Tidy, TheEngineDoesNoInputOrOutput) {
  Findings findings;
  for (const File& file : Tree()) {
    if (file.Module() != "sync") continue;
    for (const Include& include : IncludesOf(file)) {
      const std::string other = ModuleOf(include);
      if (other == "loop" || other == "net") findings.Add(file, include.line, include.name);
    }
  }
}

TEST(Tidy, OnlyTheApiSpeaksItsProtocol) {
  Findings findings;
  for (const File& file : Tree()) {
    const std::string module = file.Module();
    if (module.empty() || module == "api" || module == "main") continue;
    for (const Include& include : IncludesOf(file)) {
      if (include.name.starts_with("tideover/v1/")) findings.Add(file, include.line, include.name);
    }
  }
}

// The words after `keyword` up to the next keyword of tideover_module.
std::set<std::string> ListAfter(const std::string& text, const std::string& keyword) {
  static const std::set<std::string> keywords = {"NAME", "SOURCES", "DEPS", "PRIVATE_LIBS",
                                                 "PUBLIC_LIBS"};
  std::set<std::string> words;
  std::istringstream stream(text);
  bool inside = false;
  for (std::string word; stream >> word;) {
    if (keywords.contains(word)) {
      inside = word == keyword;
    } else if (inside) {
      words.insert(word);
    }
  }
  return words;
}

TEST(Tidy, DependenciesInCMakeAreThoseOfTheIncludes) {
  Findings findings;
  std::map<std::string, std::set<std::string>> included;
  for (const File& file : Tree()) {
    if (file.Module().empty() || !file.IsSource()) continue;
    for (const Include& include : IncludesOf(file)) {
      const std::string other = ModuleOf(include);
      if (!other.empty() && other != file.Module()) included[file.Module()].insert(other);
      if (include.name.starts_with("tideover/storage/v1/")) {
        included[file.Module()].insert("storage_proto");
      }
    }
  }
  for (const File& file : Tree()) {
    const std::string module = file.Module();
    if (!file.Is("CMakeLists.txt") || module.empty() || module == "main") continue;
    std::string call;
    for (const std::string& line : file.lines) call += line.substr(0, line.find('#')) + "\n";
    const size_t begin = call.find("tideover_module(");
    if (begin == std::string::npos) continue;
    call = call.substr(begin, call.find(')', begin) - begin);
    const std::set<std::string> deps = ListAfter(call, "DEPS");
    for (const std::string& other : included[module]) {
      if (!deps.contains(other)) findings.Add(file, "includes " + other + " without naming it");
    }
    for (const std::string& dep : deps) {
      if (Levels().contains(dep) && !included[module].contains(dep)) {
        findings.Add(file, "names " + dep + " and includes nothing of it");
      }
    }
  }
}

struct Home {
  const char* include;             // How the header's name begins.
  std::vector<std::string> homes;  // Prefixes of paths.
};

TEST(Tidy, EachLibraryIsUsedInItsHomeOnly) {
  const Home homes[] = {
      {"lmdb.h", {"daemon/store/", "tests/support/raw_store.cc", "tests/bench/"}},
      {"xxhash.h", {"daemon/store/"}},
      {"uv.h", {"daemon/loop/"}},
      {"curl/", {"daemon/net/", "tests/bench/"}},
      {"wslay/", {"daemon/net/"}},
      {"grpc", {"daemon/api/", "daemon/daemon", "daemon/main.cc", "clients/", "tests/"}},
      {"rapidjson/", {"daemon/base/json_text.cc"}},
      {"toml++/", {"daemon/config"}},
      {"CLI/", {"clients/cli/"}},
      {"spdlog/", {"daemon/base/logging.cc"}},
      {"systemd/", {"daemon/notify.cc", "daemon/main.cc"}},
      {"openssl/", {"daemon/net/", "tests/support/", "tests/net/", "tests/bench/"}},
  };
  Findings findings;
  for (const File& file : Tree()) {
    if (!file.IsSource()) continue;
    for (const Include& include : IncludesOf(file)) {
      for (const Home& home : homes) {
        if (!include.angled || !include.name.starts_with(home.include)) continue;
        if (std::none_of(home.homes.begin(), home.homes.end(),
                         [&](const std::string& prefix) { return file.In(prefix); })) {
          findings.Add(file, include.line, "<" + include.name + "> is not at home here");
        }
      }
    }
  }
}

TEST(Tidy, WritesPassThroughTheDoors) {
  Findings findings;
  for (const File& file : Tree()) {
    if (!file.IsSource() || !file.In("daemon/") || file.In("daemon/store/")) continue;
    if (file.path == "daemon/doors/doors.cc") continue;
    for (size_t i = 0; i < file.code.size(); ++i) {
      if (file.code[i].find("BeginWrite(") != std::string::npos) {
        findings.Add(file, i, "only the doors begin write transactions");
      }
    }
  }
}

struct Banned {
  const char* pattern;
  const char* instead;
  std::vector<std::string> allowed;  // Prefixes of paths.
};

TEST(Tidy, NobodyCallsWhatIsBanned) {
  const Banned table[] = {
      {R"((^|[^\w.>:]|std::)(sleep|usleep|nanosleep)\()", "a timer of the loop", {}},
      // What measures other processes, or waits for them, has nobody to be told by.
      {R"(sleep_(for|until)\()",
       "waiting for what happens",
       {"tests/bench/", "tests/support/eventually.h"}},
      {R"((^|[^\w.>:]|std::)(rand|srand|drand48)\()", "base::Random", {}},
      {R"(std::(random_device|mt19937|shuffle))", "base::Random", {"tests/e2e/"}},
      {R"((^|[^\w.>:])(time|clock)\((nullptr|NULL|0|&|\)))", "base::Clock", {}},
      {R"(std::(time|clock)\(|\bgettimeofday\()", "base::Clock", {}},
      {R"(\bclock_gettime\()", "base::Clock", {"daemon/base/clock.cc", "tests/bench/"}},
      // gRPC's deadlines are the system clock's; clients and measurements have no other.
      {R"(_clock::now\()",
       "base::Clock",
       {"daemon/base/clock.cc", "daemon/api/mutate_call.cc", "daemon/api/server.cc", "clients/",
        "tests/api/", "tests/bench/", "tests/clients/fake_daemon.cc", "tests/e2e/",
        "tests/sim/sim_test.cc", "tests/support/eventually.h", "tests/support/process.cc"}},
      {R"((^|[^\w.>:]|std::)(system|popen)\()", "nothing: no shell", {}},
      {R"(\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|alloca)\()", "std::string, fmt", {}},
      {R"((^|[^\w.>:]|std::)(gmtime|localtime|ctime|asctime)\()", "base::FormatTime", {}},
      {R"((^|[^\w.>:]|std::)(atoi|atol|atoll|atof)\()", "std::from_chars", {"tests/"}},
      {R"(\.detach\(\))", "an owner that joins", {}},
      {R"(\[=[\],])", "captures by name", {}},
  };
  Findings findings;
  for (const Banned& row : table) {
    const std::regex pattern(row.pattern);
    for (const File& file : Tree()) {
      if (!file.IsSource()) continue;
      if (std::any_of(row.allowed.begin(), row.allowed.end(),
                      [&](const std::string& prefix) { return file.In(prefix); })) {
        continue;
      }
      for (size_t i = 0; i < file.code.size(); ++i) {
        if (!std::regex_search(file.code[i], pattern)) continue;
        findings.Add(file, i, file.lines[i] + "   (instead: " + row.instead + ")");
      }
    }
  }
}

// Characters, not bytes: what follows the first byte of a UTF-8 sequence does not count.
size_t Width(const std::string& line) {
  return static_cast<size_t>(
      std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

bool IsComment(const std::string& line) {
  const size_t text = line.find_first_not_of(' ');
  return text != std::string::npos && line.compare(text, 2, "//") == 0;
}

TEST(Tidy, LinesHave100CharactersAtMost) {
  Findings findings;
  for (const File& file : Tree()) {
    if (!file.IsSource() && !file.Is(".proto")) continue;
    for (size_t i = 0; i < file.lines.size(); ++i) {
      // Inside a raw string stands another language, which may know no line breaks.
      const bool raw = file.IsSource() && file.code[i].empty() && !IsComment(file.lines[i]);
      if (Width(file.lines[i]) > 100 && !raw) {
        findings.Add(file, i, std::to_string(Width(file.lines[i])) + " characters");
      }
    }
  }
}

TEST(Tidy, FilesHave400LinesAtMost) {
  Findings findings;
  for (const File& file : Tree()) {
    if (!file.IsSource() && !file.Is(".proto")) continue;
    const size_t most = file.In("tests/") || file.Is(".proto") ? 600 : 400;
    if (file.lines.size() > most) {
      findings.Add(file, std::to_string(file.lines.size()) + " lines; find its second concept");
    }
  }
}

// From a line at the left margin that opens a body to the brace there that closes it. A table is no
// function.
TEST(Tidy, FunctionsHave60LinesAtMost) {
  Findings findings;
  for (const File& file : Tree()) {
    if (!file.Is(".cc") || file.In("tests/")) continue;
    size_t begin = 0;
    for (size_t i = 0; i < file.code.size(); ++i) {
      const std::string& line = file.code[i];
      if (!line.empty() && line[0] != ' ' && line[0] != '}' && line[0] != '#') begin = i;
      if (line != "}" || i - begin < 60) continue;
      const bool table = file.code[begin + 1].find("static const") != std::string::npos;
      if (table || file.code[begin].find('(') == std::string::npos) continue;
      findings.Add(file, begin, std::to_string(i - begin + 1) + " lines in one function");
    }
  }
}

constexpr size_t kHeaderCharactersMin = 100;

TEST(Tidy, HeadersOpenWithWhatTheyAre) {
  Findings findings;
  for (const File& file : Tree()) {
    if (!file.Is(".h") || file.In("tests/")) continue;
    size_t comments = 0;
    size_t characters = 0;
    while (comments < file.lines.size() && file.lines[comments].starts_with("//")) {
      characters += Width(file.lines[comments++]);
    }
    // Two full lines say as much as three short ones.
    if (comments < 3 && characters < kHeaderCharactersMin) {
      findings.Add(file, "opens with " + std::to_string(characters) + " characters of comment");
    }
  }
}

TEST(Tidy, EverythingInAProtoHasAComment) {
  static const std::regex declaration(R"(^\s*(message|enum|service|rpc|oneof) \w+)"
                                      R"(|^\s*(repeated |optional )?[\w.]+(<.*>)? \w+ = \d+)"
                                      R"(|^\s*[A-Z][A-Z0-9_]* = \d+)");
  Findings findings;
  for (const File& file : Tree()) {
    if (!file.Is(".proto")) continue;
    for (size_t i = 1; i < file.lines.size(); ++i) {
      if (!std::regex_search(file.lines[i], declaration)) continue;
      if (!IsComment(file.lines[i - 1])) findings.Add(file, i, file.lines[i]);
    }
  }
}

TEST(Tidy, NothingIsLeftForLater) {
  const std::regex leftover(std::string(R"(\b(FIX)") + "ME|XX" + "X|TO" + R"(DO|HA)" + R"(CK)\b)");
  Findings findings;
  for (const File& file : Tree()) {
    if (!file.IsSource() && !file.Is(".proto") && !file.Is("CMakeLists.txt")) continue;
    for (size_t i = 0; i < file.lines.size(); ++i) {
      if (std::regex_search(file.lines[i], leftover)) findings.Add(file, i, file.lines[i]);
    }
  }
}

TEST(Tidy, EverySourceIsInABuildFile) {
  std::map<std::string, std::string> build_files;  // Directory to text.
  for (const File& file : Tree()) {
    if (!file.Is("CMakeLists.txt")) continue;
    std::string& text = build_files[fs::path(file.path).parent_path().string()];
    for (const std::string& line : file.lines) text += line + " \n";
  }
  Findings findings;
  for (const File& file : Tree()) {
    if (!file.IsSource()) continue;
    bool listed = false;
    for (fs::path dir = fs::path(file.path).parent_path(); !listed && !dir.empty();
         dir = dir.parent_path()) {
      const auto it = build_files.find(dir.string());
      if (it == build_files.end()) continue;
      std::string name = fs::relative(file.path, dir).string();
      name = std::regex_replace(name, std::regex(R"([.+])"), R"(\$&)");
      // A list of tests may leave out what all their files are called.
      const std::string stem = fs::path(file.path).stem().string();
      const std::string test = R"(\b)" + stem.substr(0, stem.rfind('_')) + R"(\b)";
      listed = std::regex_search(it->second, std::regex(R"((^|[\s(/]))" + name + R"([\s)])")) ||
               (file.path.ends_with("_test.cc") && std::regex_search(it->second, std::regex(test)));
    }
    if (!listed) findings.Add(file, "in no CMakeLists.txt");
  }
}

TEST(Tidy, NothingPointsOutsideOfTheRepository) {
  const std::string outside[] = {std::string("../") + "shared", std::string("/work") + "/",
                                 std::string("/root") + "/", std::string("/tmp/") + "build",
                                 std::string("/tmp/") + "brief"};
  Findings findings;
  for (const File& file : Tree()) {
    for (size_t i = 0; i < file.lines.size(); ++i) {
      for (const std::string& place : outside) {
        if (file.lines[i].find(place) == std::string::npos) continue;
        // An import of a neighbour that happens to be called so.
        if (file.Is(".ts") && file.lines[i].starts_with("import ")) continue;
        findings.Add(file, i, file.lines[i]);
      }
    }
  }
}

}  // namespace
}  // namespace tideover
