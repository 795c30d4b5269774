#include "cache/document.h"

#include <gtest/gtest.h>

#include <limits>

namespace tideover::cache {
namespace {

Document Full() {
  Document document;
  document.header = {3, 0x0102030405060708, 7, -1, std::numeric_limits<int64_t>::min(), 99};
  document.view = R"({"v":"view"})";
  document.base = R"({"b":"the base"})";
  return document;
}

Document Decoded(std::string_view bytes) {
  const auto decoded = DecodeDocument(bytes);
  EXPECT_TRUE(decoded.ok()) << decoded.status();
  return decoded.ok() ? decoded->Copy() : Document();
}

TEST(DocumentCodec, GivesBackWhatWentIn) {
  Document same = Full();
  same.base = same.view;
  Document only_view = Full();
  only_view.base.reset();
  Document only_base = Full();
  only_base.view.reset();
  Document tombstone = Full();
  tombstone.view.reset();
  tombstone.base.reset();
  Document large = Full();
  large.view = std::string(5 << 20, 'x');
  for (const Document& document :
       {Full(), same, only_view, only_base, tombstone, large, Document()}) {
    EXPECT_EQ(Decoded(EncodeDocument(document)), document);
  }
  EXPECT_TRUE(Decoded(EncodeDocument(tombstone)).is_tombstone());
}

TEST(DocumentCodec, StoresABaseThatIsTheViewOnce) {
  Document same = Full();
  same.base = same.view;
  EXPECT_EQ(EncodeDocument(same).size(), 50 + same.view->size());
}

// On disk: never to change.
TEST(DocumentCodec, HeaderIsTheseBytes) {
  Document document;
  document.header = {2, 0x0102, 3, 4, 5, 6};
  document.view = "{}";
  const std::string bytes = EncodeDocument(document);
  const unsigned char golden[] = {
      1,    1,                          // version, flags
      2,    0,    0, 0,                 // pending
      0x02, 0x01, 0, 0, 0,   0,  0, 0,  // revision
      3,    0,    0, 0, 0,   0,  0, 0,  // settled
      4,    0,    0, 0, 0,   0,  0, 0,  // fetched
      5,    0,    0, 0, 0,   0,  0, 0,  // server version
      6,    0,    0, 0, 0,   0,  0, 0,  // changed
      2,    0,    0, 0, '{', '}'        // view
  };
  EXPECT_EQ(bytes, std::string(reinterpret_cast<const char*>(golden), sizeof golden));
}

TEST(DocumentCodec, EveryCutIsDataLossOrAnotherDocument) {
  const std::string whole = EncodeDocument(Full());
  for (size_t size = 0; size < 50 + Full().view->size(); ++size) {
    EXPECT_EQ(DecodeDocument(whole.substr(0, size)).status().code(), absl::StatusCode::kDataLoss)
        << size;
  }
}

TEST(DocumentCodec, WhatWasNeverWrittenIsDataLoss) {
  const auto with = [](size_t at, char value) {
    std::string bytes = EncodeDocument(Full());
    bytes[at] = value;
    return bytes;
  };
  Document only_view = Full();
  only_view.base.reset();
  std::string no_view_but_bytes = EncodeDocument(only_view);
  no_view_but_bytes[1] = 0;
  std::string same_without_view = EncodeDocument(Document());
  same_without_view[1] = 4;
  std::string same_without_base = EncodeDocument(only_view);
  same_without_base[1] = 1 | 4;
  std::string same_with_bytes = EncodeDocument(Full());
  same_with_bytes[1] = 1 | 2 | 4;
  const struct {
    const char* what;
    std::string bytes;
  } table[] = {
      {"version 0", with(0, 0)},
      {"version 2", with(0, 2)},
      {"unknown flag", with(1, 1 | 2 | 8)},
      {"view longer than the record", with(46, '\xff')},
      {"no view but its bytes", no_view_but_bytes},
      {"the base is a view that is not there", same_without_view},
      {"the base is the view, and there is no base", same_without_base},
      {"the base is the view, and has bytes of its own", same_with_bytes},
      {"bytes behind the end", EncodeDocument(only_view) + "x"},
      {"bytes behind a tombstone", EncodeDocument(Document()) + "x"},
  };
  for (const auto& row : table) {
    EXPECT_EQ(DecodeDocument(row.bytes).status().code(), absl::StatusCode::kDataLoss) << row.what;
  }
}

}  // namespace
}  // namespace tideover::cache
