// Brings a store of an older format up to the present one, in the transaction that writes the new
// format number: a crash leaves either. Called by Env::Open alone, when all tables are there.
// Stateless. What it does for a format is fixed for ever, whatever later code makes of the tables.
#ifndef TIDEOVER_STORE_UPGRADE_H_
#define TIDEOVER_STORE_UPGRADE_H_

#include <absl/status/status.h>

#include <cstdint>

#include "store/txn.h"

namespace tideover::store {

// `from`: the format of the store; 0 of a new one.
absl::Status Upgrade(WriteTxn* txn, uint32_t from);

}  // namespace tideover::store

#endif  // TIDEOVER_STORE_UPGRADE_H_
