// The ids that this device had before its state was copied (meta "former_devices"): mutation ids
// that were made under them stay good, for apps that hold them. Stateless functions over the
// caller's transaction.
#ifndef TIDEOVER_LOG_FORMER_DEVICES_H_
#define TIDEOVER_LOG_FORMER_DEVICES_H_

#include <absl/status/statusor.h>

#include "store/txn.h"
#include "tideover/storage/v1/meta.pb.h"

namespace tideover::log {

// As many are remembered: the latest.
inline constexpr int kFormerDevicesMax = 32;

using FormerDevice = storage::v1::FormerDevices::Device;

// Oldest first.
absl::StatusOr<storage::v1::FormerDevices> ReadFormerDevices(const store::Reader& reader);
absl::Status AddFormerDevice(store::WriteTxn* txn, const FormerDevice& device);

}  // namespace tideover::log

#endif  // TIDEOVER_LOG_FORMER_DEVICES_H_
