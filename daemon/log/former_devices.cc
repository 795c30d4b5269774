#include "log/former_devices.h"

#include "base/status_macros.h"

namespace tideover::log {
namespace {

constexpr std::string_view kFormerKey = "former_devices";

}  // namespace

absl::StatusOr<storage::v1::FormerDevices> ReadFormerDevices(const store::Reader& reader) {
  storage::v1::FormerDevices former;
  ASSIGN_OR_RETURN(const auto bytes, reader.Get(store::Table::kMeta, kFormerKey));
  if (bytes.has_value() && !former.ParseFromArray(bytes->data(), static_cast<int>(bytes->size()))) {
    return absl::DataLossError("meta former_devices does not decode");
  }
  return former;
}

absl::Status AddFormerDevice(store::WriteTxn* txn, const FormerDevice& device) {
  ASSIGN_OR_RETURN(storage::v1::FormerDevices former, ReadFormerDevices(txn->reader()));
  if (former.devices_size() >= kFormerDevicesMax) {
    former.mutable_devices()->DeleteSubrange(0, former.devices_size() - kFormerDevicesMax + 1);
  }
  *former.add_devices() = device;
  return txn->Put(store::Table::kMeta, kFormerKey, former.SerializeAsString());
}

}  // namespace tideover::log
