// What is written on both sides of a comparison: documents like those of a to-do application, and
// the sizes of what the daemon makes of them on disk. Pure functions.
#ifndef TIDEOVER_TESTS_BENCH_RECORDS_H_
#define TIDEOVER_TESTS_BENCH_RECORDS_H_

#include <cstddef>
#include <cstdint>
#include <string>

namespace tideover::bench {

inline constexpr const char* kCollection = "todos";
inline constexpr const char* kIdField = "_id";

// The JSON text of one document with a single member `content`, `bytes` long altogether, that says
// its number.
std::string DocumentText(uint64_t number, size_t bytes);

// The same with the id as its first member.
std::string DocumentText(const std::string& id, uint64_t number, size_t bytes);

// Id of a document that came from the server: an ObjectId whose order is the number's.
std::string ServerId(uint64_t number);

}  // namespace tideover::bench

#endif  // TIDEOVER_TESTS_BENCH_RECORDS_H_
