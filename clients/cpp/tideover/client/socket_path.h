// Where tideoverd listens, found in the same way by the daemon and by every client. Pure functions
// of the environment that is handed in; thread-safe. Nothing here looks at /tmp: a world-writable
// directory is no place for a socket that carries somebody's data.
//
// The order: an explicit path; $TIDEOVER_SOCKET; $XDG_RUNTIME_DIR/tideover/tideover.sock;
// /run/user/<uid>/tideover/tideover.sock if that user directory exists;
// $HOME/.local/state/tideover/tideover.sock (macOS, containers, cron).
#ifndef TIDEOVER_CLIENT_SOCKET_PATH_H_
#define TIDEOVER_CLIENT_SOCKET_PATH_H_

#include <functional>
#include <optional>
#include <string>

namespace tideover::client {

// Value of an environment variable; nullopt when it is not set.
using Variables = std::function<std::optional<std::string>(const char* name)>;

// The environment of this process.
std::optional<std::string> ProcessVariable(const char* name);

// The path as described above. Empty when not even $HOME is known.
std::string ResolveSocketPath(const std::string& explicit_path,
                              const Variables& variables = ProcessVariable);

// Longest path in bytes that fits into a sockaddr_un of this system.
size_t SocketPathBytesMax();

// `path` as gRPC's target: "unix:" and the path with the characters that a URI forbids escaped.
std::string SocketTarget(const std::string& path);

}  // namespace tideover::client

#endif  // TIDEOVER_CLIENT_SOCKET_PATH_H_
