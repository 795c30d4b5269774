#include "notify.h"

#include <sys/socket.h>
#include <systemd/sd-daemon.h>

namespace tideover {

void NotifyReady() { sd_notify(0, "READY=1\nSTATUS=serving"); }

void NotifyStopping() { sd_notify(0, "STOPPING=1"); }

int TakeActivationSocket() {
  const int count = sd_listen_fds(/*unset_environment=*/1);
  if (count != 1) return -1;
  const int fd = SD_LISTEN_FDS_START;
  return sd_is_socket_unix(fd, SOCK_STREAM, /*listening=*/1, nullptr, 0) > 0 ? fd : -1;
}

}  // namespace tideover
