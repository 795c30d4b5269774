// What the operator said about the network (`tideover network …`), remembered over restarts in the
// file `network` of the state directory: one word. Nothing there, or something else: auto. Pure
// functions of the file system.
#ifndef TIDEOVER_NETWORK_SETTING_H_
#define TIDEOVER_NETWORK_SETTING_H_

#include <absl/status/status.h>

#include <string>

#include "sync/status_board.h"

namespace tideover {

sync::NetworkSetting ReadNetworkSetting(const std::string& state_dir);
// Replaces the file as a whole.
absl::Status WriteNetworkSetting(const std::string& state_dir, sync::NetworkSetting setting);

}  // namespace tideover

#endif  // TIDEOVER_NETWORK_SETTING_H_
