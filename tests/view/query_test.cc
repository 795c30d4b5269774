#include "view/query.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cache/documents.h"
#include "support/store_fixture.h"

namespace tideover::view {
namespace {

using testing::HasSubstr;

constexpr store::CollectionId kTodos = 1;

class QueryTest : public testing::Test {
 protected:
  void Put(const std::string& id, const std::string& members) {
    support::WriteTo(env_.get(), [&](store::WriteTxn* txn) { PutIn(txn, kTodos, id, members); });
  }
  static void PutIn(store::WriteTxn* txn, store::CollectionId collection, const std::string& id,
                    const std::string& members) {
    cache::Document document;
    document.view = fmt::format(R"({{"id":"{}"{}}})", id, members);
    ASSERT_TRUE(cache::Put(txn, collection, id, document).ok());
  }
  void Remove(const std::string& id) {
    support::WriteTo(env_.get(), [&](store::WriteTxn* txn) {
      ASSERT_TRUE(cache::Remove(txn, kTodos, id).ok());
    });
  }

  static QuerySpec Spec(size_t page_size, std::string filter = "", std::string order_by = "") {
    QuerySpec spec;
    spec.collection_name = "todos";
    spec.collection = kTodos;
    spec.page_size = page_size;
    spec.filter = std::move(filter);
    spec.order_by = std::move(order_by);
    return spec;
  }

  struct Page {
    std::string ids;  // "a b c"
    std::string token;
    uint64_t total = 0;
    int steps = 0;
    std::string error;
  };

  // One page; `between` runs between two slices. `takes`: documents after which the sink is full.
  Page Run(
      const QuerySpec& spec, absl::FunctionRef<void()> between = [] {}, size_t takes = 9999) {
    Page page;
    QueryFault fault{};
    auto query = Query::Start(spec, &fault);
    if (!query.ok()) {
      page.error = std::string(query.status().message());
      return page;
    }
    size_t taken = 0;
    while (true) {
      ++page.steps;
      auto txn = env_->BeginRead();
      auto done = (*query)->Step(txn->reader(), clock_,
                                 [&](std::string_view id, const cache::DocumentRef&) {
                                   page.ids += (page.ids.empty() ? "" : " ") + std::string(id);
                                   return absl::StatusOr<bool>(++taken < takes);
                                 });
      EXPECT_TRUE(done.ok()) << done.status();
      if (!done.ok() || *done) break;
      between();
    }
    page.token = (*query)->next_page_token();
    page.total = (*query)->total();
    return page;
  }

  // All pages, "a b | c d".
  std::string RunAll(QuerySpec spec) {
    std::string all;
    for (int i = 0; i < 100; ++i) {
      const Page page = Run(spec);
      all += (i == 0 ? "" : " | ") + page.ids + page.error;
      if (page.token.empty()) break;
      spec.page_token = page.token;
    }
    return all;
  }

  support::TempDir dir_;
  std::unique_ptr<store::Env> env_ = support::OpenTestEnv(dir_.path() + "/env");
  support::ManualClock clock_;
};

TEST_F(QueryTest, PagesThroughACollectionInTheOrderOfIds) {
  for (const char* id : {"e", "b", "a", "d", "c"}) Put(id, "");
  EXPECT_EQ(RunAll(Spec(2)), "a b | c d | e");
  EXPECT_EQ(RunAll(Spec(5)), "a b c d e");  // No empty page after a full one.
  EXPECT_EQ(RunAll(Spec(1)), "a | b | c | d | e");
}

TEST_F(QueryTest, SeesOnlyItsOwnCollectionAndNoTombstones) {
  Put("a", "");
  support::WriteTo(env_.get(), [](store::WriteTxn* txn) {
    PutIn(txn, kTodos + 1, "other", "");
    ASSERT_TRUE(cache::Put(txn, kTodos, "gone", cache::Document()).ok());
  });
  EXPECT_EQ(RunAll(Spec(10)), "a");
}

TEST_F(QueryTest, FiltersAndStillFillsItsPages) {
  for (int i = 0; i < 10; ++i) Put(fmt::format("d{}", i), fmt::format(R"(,"n":{})", i));
  EXPECT_EQ(RunAll(Spec(2, R"({"n":{"ge":5}})")), "d5 d6 | d7 d8 | d9");
  EXPECT_EQ(RunAll(Spec(2, R"({"n":{"gt":100}})")), "");
}

TEST_F(QueryTest, OrdersByFieldsThenById) {
  Put("a", R"(,"content":"x","n":2)");
  Put("b", R"(,"content":"y","n":1)");
  Put("c", R"(,"content":"x","n":1)");
  Put("d", R"(,"n":null)");
  EXPECT_EQ(RunAll(Spec(2, "", "content desc, id")), "b a | c d");
  EXPECT_EQ(RunAll(Spec(1, "", "content, n")), "d | c | a | b");
  EXPECT_EQ(RunAll(Spec(3, "", "n asc, id desc")), "d c b | a");
  EXPECT_EQ(RunAll(Spec(3, "", "id desc")), "d c b | a");
  EXPECT_EQ(RunAll(Spec(3, "", " id ")), "a b c | d");
}

TEST_F(QueryTest, OrdersNumbersExactlyAndKindsAmongThemselves) {
  Put("a", R"(,"v":9007199254740993)");
  Put("b", R"(,"v":9007199254740992)");
  Put("c", R"(,"v":"text")");
  Put("d", R"(,"v":true)");
  Put("e", "");
  Put("f", R"(,"v":[1])");
  EXPECT_EQ(RunAll(Spec(1, "", "v")), "e | d | b | a | c | f");
}

TEST_F(QueryTest, CountsAllThatMatchOnEveryPage) {
  for (int i = 0; i < 10; ++i) Put(fmt::format("d{}", i), fmt::format(R"(,"n":{})", i));
  QuerySpec spec = Spec(3, R"({"n":{"ge":2}})");
  spec.count_total = true;
  const Page first = Run(spec);
  EXPECT_EQ(first.ids, "d2 d3 d4");
  EXPECT_EQ(first.total, 8u);
  spec.page_token = first.token;
  const Page second = Run(spec);
  EXPECT_EQ(second.ids, "d5 d6 d7");
  EXPECT_EQ(second.total, 8u);
}

TEST_F(QueryTest, RefusesATokenOfAnotherQueryAndOneThatIsNone) {
  for (const char* id : {"a", "b", "c"}) Put(id, "");
  const std::string token = Run(Spec(1)).token;
  QuerySpec other = Spec(1, "", "id desc");
  other.page_token = token;
  EXPECT_THAT(Run(other).error, HasSubstr("belongs to another query"));
  for (const std::string& bad : {std::string("x"), std::string("zz"), token + "0", token + "00",
                                 token.substr(2), std::string("01")}) {
    QuerySpec spec = Spec(1);
    spec.page_token = bad;
    EXPECT_THAT(Run(spec).error, HasSubstr("page_token")) << bad;
  }
}

TEST_F(QueryTest, CutsAScanIntoSlices) {
  support::WriteTo(env_.get(), [](store::WriteTxn* txn) {
    for (int i = 0; i < 2500; ++i) PutIn(txn, kTodos, fmt::format("d{:04}", i), R"(,"n":1)");
  });
  const Page page = Run(Spec(1, R"({"n":{"eq":2}})"));
  EXPECT_EQ(page.ids, "");
  EXPECT_EQ(page.steps, 3);  // 1,000 and 1,000 and 500 rows.
}

TEST_F(QueryTest, LeavesOutWhatLeavesTheOrderWhileAPageIsSorted) {
  for (const char* id : {"a", "b", "c", "d"}) Put(id, R"(,"n":1)");
  bool changed = false;
  const Page page = Run(Spec(10, R"({"n":{"lt":9}})", "n, id"), [&] {
    if (std::exchange(changed, true)) return;
    Put("b", R"(,"n":5)");
    Put("d", R"(,"n":9)");
    Remove("c");
  });
  EXPECT_EQ(page.ids, "a");
  EXPECT_EQ(page.token, "");
}

TEST_F(QueryTest, GoesOnAfterAPageThatTheSinkClosed) {
  for (const char* id : {"a", "b", "c", "d"}) Put(id, R"(,"n":1)");
  for (const char* order : {"", "n desc, id"}) {
    QuerySpec spec = Spec(10, "", order);
    const Page first = Run(
        spec, [] {}, 3);
    EXPECT_EQ(first.ids, "a b c");
    spec.page_token = first.token;
    const Page second = Run(
        spec, [] {}, 3);
    EXPECT_EQ(second.ids, "d");
    EXPECT_EQ(second.token, "");
  }
}

TEST_F(QueryTest, SkipsNothingWhenSortKeysOutgrowTheMemoryForThem) {
  // 20 keys of 1 MB do not fit; small ones come before, between and after them.
  std::string expected;
  support::WriteTo(env_.get(), [&](store::WriteTxn* txn) {
    for (int i = 0; i < 20; ++i) {
      const std::string value = fmt::format("{:02}", (i * 7) % 20) + std::string(1'000'000, 'x');
      PutIn(txn, kTodos, fmt::format("d{:02}", (i * 7) % 20), fmt::format(R"(,"v":"{}")", value));
      PutIn(txn, kTodos, fmt::format("s{:02}", i), fmt::format(R"(,"v":"{:02}")", i));
    }
  });
  for (int i = 0; i < 20; ++i) expected += fmt::format("{}s{:02} d{:02}", i == 0 ? "" : " ", i, i);
  std::string all = RunAll(Spec(100, "", "v"));
  EXPECT_NE(all.find(" | "), std::string::npos);
  for (size_t at; (at = all.find(" | ")) != std::string::npos;) all.replace(at, 3, " ");
  EXPECT_EQ(all, expected);
}

TEST_F(QueryTest, RefusesAnOrderThatDoesNotParseAndSaysWhere) {
  EXPECT_THAT(Run(Spec(1, "", "content descending")).error,
              HasSubstr("\"descending\" is no direction"));
  EXPECT_THAT(Run(Spec(1, "", "content,,id")).error, HasSubstr("at byte 8"));
  EXPECT_THAT(Run(Spec(1, "", "a,b,c,d,e,f,g,h,i")).error, HasSubstr("more than 8 fields"));
  EXPECT_EQ(Run(Spec(1, "", "a,b,c,d,e,f,g,h")).error, "");
  EXPECT_THAT(Run(Spec(1, "", std::string(kOrderBytesMax + 1, 'x'))).error, HasSubstr("1024"));
}

}  // namespace
}  // namespace tideover::view
