// What any gRPC tool asks a server: its health (grpc.health.v1) and its services (server
// reflection). The requests are written out by hand, since Debian ships no generated code for them.
#ifndef TIDEOVER_TESTS_E2E_INTROSPECT_H_
#define TIDEOVER_TESTS_E2E_INTROSPECT_H_

#include <string>

namespace tideover::e2e {

// True when somebody listens on the socket.
bool Accepts(const std::string& socket);

// "SERVING", "NOT_SERVING", or how the call failed.
std::string Health(const std::string& socket);

// The raw answer to list_services, which contains the services' names; or how the call failed.
std::string ListServices(const std::string& socket);

// The raw answer to file_containing_symbol, which contains the description of that service; or how
// the call failed.
std::string Describe(const std::string& socket, const std::string& service);

}  // namespace tideover::e2e

#endif  // TIDEOVER_TESTS_E2E_INTROSPECT_H_
