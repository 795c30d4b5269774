// What is done when a store is opened in another place than where it was written (store/place.h): a
// restored backup, a cloned machine, a directory that was copied. Original and copy may both go on,
// and a backend with a ledger knows mutations by "device-seq": what one of them writes must not
// pass for what the other wrote. Part of the doors: runs in the transaction that opens them.
//
// The copy becomes a new device. Mutations that were certainly never sent, and whose id was made
// here, get the id that the new device would have given them. What may have been sent keeps its
// id: it is the same mutation in both places, and only under that id can the backend tell. Ids that
// apps chose stay. Nothing is dropped, and the ids that apps were told go on to be understood.
#ifndef TIDEOVER_DOORS_COPIED_STATE_H_
#define TIDEOVER_DOORS_COPIED_STATE_H_

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "store/place.h"
#include "store/txn.h"

namespace tideover::doors {

struct CopiedState {
  std::string former_device;
  uint64_t rekeyed = 0;  // Mutations that have a new id.
  uint64_t kept = 0;     // Pending ones that have not.
};

struct Device {
  std::string id;
  std::optional<CopiedState> copied;  // Found in this opening.
};

// Makes the device's id when there is none or when the store is a copy, and notes the place. A
// place of which nothing is known changes nothing.
absl::StatusOr<Device> SettleIn(store::WriteTxn* txn, const store::Place& here, base::WallTime now,
                                base::Random* random);

}  // namespace tideover::doors

#endif  // TIDEOVER_DOORS_COPIED_STATE_H_
