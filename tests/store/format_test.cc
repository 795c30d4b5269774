// The worked example of daemon/store/FORMAT.md is what the code writes: this test makes it anew and
// finds it in the document, so that the two cannot part.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "store/keys.h"
#include "support/raw_store.h"
#include "support/store_fixture.h"

namespace tideover::store {
namespace {

using support::Create;
using support::Json;
using support::Named;
using support::Update;

std::string Hex(const std::string& bytes) {
  std::string hex;
  for (const char c : bytes) {
    hex += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    hex += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
  }
  return hex;
}

// As in the document: 64 digits to a line.
std::string Wrapped(const std::string& hex, const std::string& indent) {
  std::string lines;
  for (size_t at = 0; at < hex.size(); at += 64) lines += indent + hex.substr(at, 64) + "\n";
  return lines;
}

class Format : public support::DoorsFixture {
 protected:
  // Everything that the example leaves on disk, table by table.
  std::string Example() {
    env_options_.path = dir_.path() + "/example";
    place_ = {"0123456789abcdef", 1057, 1'700'000'000'123'456'789};
    rules_.clear();
    rules_["todos"].ids = doors::IdMode::kServer;
    doors_.reset();
    env_.reset();
    Open();
    MustCommit({Named("m-1", Create("todos", R"({"title":"milk"})", "local-a"))});
    clock_.Advance(base::Millis(1000));
    Merge(doors::Sent{1});
    Merge(doors::Confirmed{1, Json(R"({"id":"s1","title":"milk"})"), "s1"});
    MustCommit({Update("todos", "local-a", R"({"done":true})")});
    doors::List list{1, Counters().last_commit(), {clock_.wall_ms}, {}, {}, {}};
    list.documents.push_back(Json(R"({"id":"s1","title":"milk"})"));
    Merge(list);
    std::string text;
    for (size_t table = 0; table < kTableCount; ++table) {
      const auto txn = env_->BeginRead();
      Cursor cursor(txn->reader(), static_cast<Table>(table));
      for (cursor.Seek(""); cursor.Valid(); cursor.Next()) {
        keys_.emplace_back(kTableNames[table], std::string(cursor.key()));
      }
    }
    doors_.reset();
    env_.reset();
    for (const auto& [table, key] : keys_) {
      text += table + "\n" + Wrapped(Hex(key), "  key   ") +
              Wrapped(Hex(support::GetRaw(env_options_.path, table, key)), "  value ");
    }
    Open();
    return text;
  }

 private:
  std::vector<std::pair<std::string, std::string>> keys_;
};

TEST_F(Format, TheWorkedExampleIsWhatIsOnDisk) {
  std::ifstream file(TIDEOVER_FORMAT_MD);
  std::stringstream document;
  document << file.rdbuf();
  const std::string example = Example();
  EXPECT_NE(document.str().find(example), std::string::npos)
      << "daemon/store/FORMAT.md must contain exactly this:\n"
      << example;
}

TEST_F(Format, NamesEveryTable) {
  std::ifstream file(TIDEOVER_FORMAT_MD);
  std::stringstream document;
  document << file.rdbuf();
  for (const char* name : kTableNames) {
    EXPECT_NE(document.str().find("`" + std::string(name) + "`"), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace tideover::store
