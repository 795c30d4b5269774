// Place: where a store lives: on which machine, and in which file there. A value. A store that was
// written in one place and is opened in another is a copy (or was moved): the two may both go on,
// and must not pass for one device.
//
// What it can see: a directory that was copied, on one machine or to another; a backup that was
// unpacked; a machine that was installed anew or cloned with an id of its own, as the tools that
// clone machines give it. A directory that was renamed or moved inside its file system is in the
// same place. What was moved across file systems counts as copied, which does no harm.
//
// What it cannot see: a clone that kept the machine id, a snapshot of a whole file system that was
// put back, and a backup that was written over the very file (cp onto data.mdb). There only a
// backend that remembers mutation ids can tell.
#ifndef TIDEOVER_STORE_PLACE_H_
#define TIDEOVER_STORE_PLACE_H_

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "store/env.h"
#include "store/txn.h"

namespace tideover::store {

// What is empty or 0 is not known, and is not compared.
struct Place {
  // Names the machine, without telling its id.
  std::string machine;
  // Number of data.mdb in its file system, and when the file came into being (nanoseconds since
  // 1970). Not the device's number: that changes from start to start.
  uint64_t file = 0;
  int64_t born_ns = 0;

  bool known() const { return !machine.empty() || file != 0; }
  bool operator==(const Place&) const = default;
};

// `machine_id`: the content of /etc/machine-id or its like; empty where there is none.
absl::StatusOr<Place> PlaceOf(const Env& env, std::string_view machine_id);

// True when nothing that both know differs.
bool MayBeTheSame(const Place& a, const Place& b);

// meta "place": where it was when it was last opened; empty when nobody ever said.
absl::StatusOr<std::optional<Place>> ReadPlace(const Reader& reader);
absl::Status WritePlace(WriteTxn* txn, const Place& place);

}  // namespace tideover::store

#endif  // TIDEOVER_STORE_PLACE_H_
