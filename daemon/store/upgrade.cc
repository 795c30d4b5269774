#include "store/upgrade.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "base/status_macros.h"
#include "store/keys.h"
#include "tideover/storage/v1/log.pb.h"

namespace tideover::store {
namespace {

// Format 2: the table `open`.
absl::Status FillOpen(WriteTxn* txn) {
  using storage::v1::PushState;
  std::vector<std::string> open;
  {
    Cursor cursor(txn->reader(), Table::kLog);
    for (cursor.Seek(""); cursor.Valid(); cursor.Next()) {
      storage::v1::LogEntry entry;
      if (!entry.ParseFromArray(cursor.value().data(), static_cast<int>(cursor.value().size()))) {
        return absl::DataLossError(
            fmt::format("log entry {} does not decode", ReadU64(cursor.key())));
      }
      const PushState& push = entry.push();
      if (push.open_attempt() || push.hold() == PushState::VERIFY) open.emplace_back(cursor.key());
    }
    RETURN_IF_ERROR(cursor.status());
  }
  for (const std::string& key : open) RETURN_IF_ERROR(txn->Put(Table::kOpen, key, {}));
  return absl::OkStatus();
}

}  // namespace

absl::Status Upgrade(WriteTxn* txn, uint32_t from) {
  if (from == 1) RETURN_IF_ERROR(FillOpen(txn));
  return absl::OkStatus();
}

}  // namespace tideover::store
