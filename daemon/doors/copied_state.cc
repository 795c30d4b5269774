#include "doors/copied_state.h"

#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/status_macros.h"
#include "log/former_devices.h"
#include "log/mutation_log.h"

namespace tideover::doors {
namespace {

// Length of a device id: the random tail of a UUID is enough to tell the devices of one user apart.
constexpr size_t kDeviceIdBytes = 12;
// Entries in memory at a time.
constexpr size_t kRekeyedAtOnce = 1000;

bool WasNeverSent(const log::PushState& push) {
  return push.attempts() == 0 && push.first_sent_wall_ms() == 0 && !push.open_attempt() &&
         !push.unanswered();
}

absl::StatusOr<std::string> MakeDeviceId(store::WriteTxn* txn, base::WallTime now,
                                         base::Random* random) {
  const std::string uuid = base::NewUuid(now, *random);
  std::string id = uuid.substr(uuid.size() - kDeviceIdBytes);
  RETURN_IF_ERROR(log::WriteDeviceId(txn, id));
  return id;
}

absl::Status Rekey(store::WriteTxn* txn, const std::string& device, CopiedState* copied) {
  for (uint64_t next = 1;;) {
    std::vector<std::pair<uint64_t, log::LogEntry>> entries;
    RETURN_IF_ERROR(
        log::ForEach(txn->reader(), next, [&](uint64_t seq, const log::LogEntry& entry) {
          entries.emplace_back(seq, entry);
          next = seq + 1;
          return entries.size() < kRekeyedAtOnce;
        }));
    for (auto& [seq, entry] : entries) {
      if (entry.mutation().client_made_id() || !WasNeverSent(entry.push())) {
        ++copied->kept;
        continue;
      }
      ++copied->rekeyed;
      entry.mutable_mutation()->set_mutation_id(log::MadeMutationId(device, seq));
      RETURN_IF_ERROR(log::Rewrite(txn, seq, entry));
    }
    if (entries.size() < kRekeyedAtOnce) return absl::OkStatus();
  }
}

}  // namespace

absl::StatusOr<Device> SettleIn(store::WriteTxn* txn, const store::Place& here, base::WallTime now,
                                base::Random* random) {
  Device device;
  ASSIGN_OR_RETURN(device.id, log::ReadDeviceId(txn->reader()));
  ASSIGN_OR_RETURN(const auto there, store::ReadPlace(txn->reader()));
  if (device.id.empty()) {
    ASSIGN_OR_RETURN(device.id, MakeDeviceId(txn, now, random));
  } else if (there.has_value() && !store::MayBeTheSame(*there, here)) {
    device.copied.emplace();
    device.copied->former_device = device.id;
    log::FormerDevice former;
    former.set_device_id(device.id);
    ASSIGN_OR_RETURN(const log::Counters counters, log::ReadCounters(txn->reader()));
    former.set_last_seq(counters.last_seq());
    former.set_until_wall_ms(now.ms);
    RETURN_IF_ERROR(log::AddFormerDevice(txn, former));
    ASSIGN_OR_RETURN(device.id, MakeDeviceId(txn, now, random));
    RETURN_IF_ERROR(Rekey(txn, device.id, &*device.copied));
  }
  if (here.known() && there != here) RETURN_IF_ERROR(store::WritePlace(txn, here));
  return device;
}

}  // namespace tideover::doors
