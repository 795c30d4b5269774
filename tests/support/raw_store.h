// The store's file as LMDB sees it, past all checksums: for tests that damage it or look at its
// bytes. Each function opens the environment for itself; nobody else may have it open in this
// process. Stateless; a failure fails the test.
#ifndef TIDEOVER_TESTS_SUPPORT_RAW_STORE_H_
#define TIDEOVER_TESTS_SUPPORT_RAW_STORE_H_

#include <cstdint>
#include <string>

namespace tideover::support {

// The bytes of a value; "" when there is none.
std::string GetRaw(const std::string& path, const std::string& table, const std::string& key);
void PutRaw(const std::string& path, const std::string& table, const std::string& key,
            const std::string& value);
// Bytes of the file up to the last page that was ever used; what lies beyond is a hole.
uint64_t UsedFileBytes(const std::string& path);
void DropTable(const std::string& path, const std::string& table);

}  // namespace tideover::support

#endif  // TIDEOVER_TESTS_SUPPORT_RAW_STORE_H_
