// Small questions about text that comes from outside: is it UTF-8, is it a legal name, which known
// word is nearest. Pure functions.
#ifndef TIDEOVER_BASE_TEXT_H_
#define TIDEOVER_BASE_TEXT_H_

#include <absl/status/status.h>

#include <span>
#include <string>
#include <string_view>

namespace tideover::base {

// Longest document id in bytes (design: at most 255 bytes of valid UTF-8).
inline constexpr size_t kDocumentIdBytesMax = 255;
// Longest mutation id and scope id in bytes.
inline constexpr size_t kMutationIdBytesMax = 128;
// Longest collection name in bytes.
inline constexpr size_t kCollectionNameBytesMax = 64;

// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool IsValidUtf8(std::string_view bytes);

// INVALID_ARGUMENT that says what is wrong, for an empty, overlong or badly encoded id.
absl::Status CheckDocumentId(std::string_view id);
absl::Status CheckMutationId(std::string_view id);

// [A-Za-z_][A-Za-z0-9_]*, at most kCollectionNameBytesMax.
absl::Status CheckCollectionName(std::string_view name);

// The candidate with the smallest edit distance to `word`, or "" when none is near enough to be
// what was meant (more than a third of the word would have to change).
std::string NearestWord(std::string_view word, std::span<const std::string> candidates);

}  // namespace tideover::base

#endif  // TIDEOVER_BASE_TEXT_H_
