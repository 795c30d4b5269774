#include "store/record.h"

#include <xxhash.h>

namespace tideover::store {

uint64_t Checksum(Table table, std::string_view key, std::string_view payload) {
  const uint64_t seed = XXH3_64bits_withSeed(key.data(), key.size(), static_cast<uint64_t>(table));
  return XXH3_64bits_withSeed(payload.data(), payload.size(), seed);
}

void SealRecord(Table table, std::string_view key, std::string_view payload, std::string* record) {
  const uint64_t sum = Checksum(table, key, payload);
  record->clear();
  record->reserve(kChecksumBytes + payload.size());
  for (size_t i = 0; i < kChecksumBytes; ++i) {
    record->push_back(static_cast<char>((sum >> (8 * i)) & 0xff));
  }
  record->append(payload);
}

std::optional<std::string_view> OpenRecord(Table table, std::string_view key,
                                           std::string_view record) {
  if (record.size() < kChecksumBytes) return std::nullopt;
  uint64_t sum = 0;
  for (size_t i = 0; i < kChecksumBytes; ++i) {
    sum |= uint64_t{static_cast<unsigned char>(record[i])} << (8 * i);
  }
  const std::string_view payload = record.substr(kChecksumBytes);
  if (Checksum(table, key, payload) != sum) return std::nullopt;
  return payload;
}

uint64_t HashBytes(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

}  // namespace tideover::store
