// The frame around every value on disk:
//
//   record   = checksum payload
//   checksum = XXH3-64 of payload, seeded with XXH3-64 of key seeded with the table's number;
//              8 bytes, little-endian
//
// The seed binds a payload to its key and table, so that a record in the wrong place is found as
// well as one with a flipped bit. Pure functions.
#ifndef TIDEOVER_STORE_RECORD_H_
#define TIDEOVER_STORE_RECORD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "store/txn.h"

namespace tideover::store {

inline constexpr size_t kChecksumBytes = 8;

uint64_t Checksum(Table table, std::string_view key, std::string_view payload);

// Overwrites `record` with the framed payload.
void SealRecord(Table table, std::string_view key, std::string_view payload, std::string* record);

// The payload, or nothing when the checksum does not fit.
std::optional<std::string_view> OpenRecord(Table table, std::string_view key,
                                           std::string_view record);

// XXH3-64 of any bytes, for request hashes.
uint64_t HashBytes(std::string_view bytes);

}  // namespace tideover::store

#endif  // TIDEOVER_STORE_RECORD_H_
