// Keys on disk. Numbers are big-endian, so that LMDB's byte order is their order.
//
//   documents, idmap = collection:u32 id:bytes
//   lanes, needs     = collection:u32 length:u8 id:bytes seq:u64
//   log              = seq:u64
//   settled          = class:u8 number:u64       class 1 = history, 2 = dead-letter queue (number:
//                                                seq), 3 = order of the history (number: count)
//   mutation_ids     = id:bytes
//   checkpoints      = collection:u32
//
// Ids have at most 255 bytes (base/text.h), so that every key stays below LMDB's 511. Pure
// functions.
#ifndef TIDEOVER_STORE_KEYS_H_
#define TIDEOVER_STORE_KEYS_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace tideover::store {

// Number of a collection in this environment (meta "collection/<name>").
using CollectionId = uint32_t;

// Which part of `settled` an outcome stands in. On disk: never to change.
enum class SettledClass : uint8_t { kHistory = 1, kDeadLetter = 2, kHistoryOrder = 3 };

void AppendU32(uint32_t n, std::string* out);
void AppendU64(uint64_t n, std::string* out);
// The caller vouches for the length.
uint32_t ReadU32(std::string_view bytes);
uint64_t ReadU64(std::string_view bytes);

std::string CollectionKey(CollectionId collection);
std::string DocumentKey(CollectionId collection, std::string_view id);
// The id inside a key made by DocumentKey.
std::string_view DocumentIdOf(std::string_view key);

// All of a document's lane keys start with the prefix. The keys of `needs` are made alike.
std::string LanePrefix(CollectionId collection, std::string_view id);
std::string LaneKey(CollectionId collection, std::string_view id, uint64_t seq);
// The sequence number at the end of a key made by LaneKey.
uint64_t LaneSeqOf(std::string_view key);

std::string SeqKey(uint64_t seq);
std::string SettledKey(SettledClass part, uint64_t number);

}  // namespace tideover::store

#endif  // TIDEOVER_STORE_KEYS_H_
