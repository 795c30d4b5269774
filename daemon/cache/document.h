// A document as the cache holds it: what the server last confirmed (base) and what apps read
// (view), with the header that both share. A value. On disk (table `documents`):
//
//   value   = version:u8 flags:u8 pending:u32 revision:u64 settled:u64 fetched:i64
//   server_version:i64
//             changed:i64 view_size:u32 view:bytes base:bytes           (all numbers little-endian)
//   version = 1
//   flags   = bit 0: there is a view, bit 1: there is a base, bit 2: the base is the view (no
//   bytes)
//
// A record with neither view nor base is a tombstone: it remembers that the document ended (and
// when), so that a list which the server read earlier cannot bring it back.
#ifndef TIDEOVER_CACHE_DOCUMENT_H_
#define TIDEOVER_CACHE_DOCUMENT_H_

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tideover::cache {

struct DocumentHeader {
  // Mutations of this document in the outbox.
  uint32_t pending = 0;
  // The commit that last changed the view.
  uint64_t revision = 0;
  // The commit in which a mutation of this document was last settled, or in which the server told
  // of it after versions that it had not told; 0: never. A list that was asked for before that
  // commit says nothing about this document.
  uint64_t settled_commit = 0;
  // Wall clock, milliseconds, at which the base was last heard of; 0: never.
  int64_t fetched_wall_ms = 0;
  // AppSync's _version and _lastChangedAt, for backends that have them.
  int64_t server_version = 0;
  int64_t last_changed_ms = 0;

  bool operator==(const DocumentHeader&) const = default;
};

// Owns its texts.
struct Document {
  DocumentHeader header;
  std::optional<std::string> view;  // JSON text
  std::optional<std::string> base;  // JSON text

  bool is_tombstone() const { return !view.has_value() && !base.has_value(); }
  bool operator==(const Document&) const = default;
};

// The same inside a record: the texts die with the transaction.
struct DocumentRef {
  DocumentHeader header;
  std::optional<std::string_view> view;
  std::optional<std::string_view> base;

  bool is_tombstone() const { return !view.has_value() && !base.has_value(); }
  Document Copy() const;
};

std::string EncodeDocument(const Document& document);
// DATA_LOSS for what EncodeDocument never wrote.
absl::StatusOr<DocumentRef> DecodeDocument(std::string_view bytes);

}  // namespace tideover::cache

#endif  // TIDEOVER_CACHE_DOCUMENT_H_
