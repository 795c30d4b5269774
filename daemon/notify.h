// Tells the service manager (systemd's sd_notify protocol) what the daemon is doing, and takes the
// listening socket that it may have opened for us. Does nothing when there is no manager. Pure
// wrappers; the only place with libsystemd.
#ifndef TIDEOVER_NOTIFY_H_
#define TIDEOVER_NOTIFY_H_

namespace tideover {

void NotifyReady();
void NotifyStopping();

// The listening Unix socket of systemd's socket activation; -1 when there is none. The caller owns
// it.
int TakeActivationSocket();

}  // namespace tideover

#endif  // TIDEOVER_NOTIFY_H_
