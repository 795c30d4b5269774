#include "store/keys.h"

namespace tideover::store {

void AppendU32(uint32_t n, std::string* out) {
  for (int shift = 24; shift >= 0; shift -= 8) out->push_back(static_cast<char>(n >> shift));
}

void AppendU64(uint64_t n, std::string* out) {
  for (int shift = 56; shift >= 0; shift -= 8) out->push_back(static_cast<char>(n >> shift));
}

uint32_t ReadU32(std::string_view bytes) {
  uint32_t n = 0;
  for (size_t i = 0; i < 4; ++i) n = n << 8 | static_cast<unsigned char>(bytes[i]);
  return n;
}

uint64_t ReadU64(std::string_view bytes) {
  uint64_t n = 0;
  for (size_t i = 0; i < 8; ++i) n = n << 8 | static_cast<unsigned char>(bytes[i]);
  return n;
}

std::string CollectionKey(CollectionId collection) {
  std::string key;
  AppendU32(collection, &key);
  return key;
}

std::string DocumentKey(CollectionId collection, std::string_view id) {
  std::string key;
  key.reserve(4 + id.size());
  AppendU32(collection, &key);
  key.append(id);
  return key;
}

std::string_view DocumentIdOf(std::string_view key) { return key.substr(4); }

std::string LanePrefix(CollectionId collection, std::string_view id) {
  std::string key;
  key.reserve(4 + 1 + id.size() + 8);
  AppendU32(collection, &key);
  key.push_back(static_cast<char>(id.size()));
  key.append(id);
  return key;
}

std::string LaneKey(CollectionId collection, std::string_view id, uint64_t seq) {
  std::string key = LanePrefix(collection, id);
  AppendU64(seq, &key);
  return key;
}

uint64_t LaneSeqOf(std::string_view key) { return ReadU64(key.substr(key.size() - 8)); }

std::string SeqKey(uint64_t seq) {
  std::string key;
  AppendU64(seq, &key);
  return key;
}

std::string SettledKey(SettledClass part, uint64_t number) {
  std::string key(1, static_cast<char>(part));
  AppendU64(number, &key);
  return key;
}

}  // namespace tideover::store
