// One HTTP request to a server on this machine, blocking, for tests that talk to a server's control
// door. Its own few lines over a socket, so that what is tested is not tested by itself.
#ifndef TIDEOVER_TESTS_SUPPORT_HTTP_CALL_H_
#define TIDEOVER_TESTS_SUPPORT_HTTP_CALL_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tideover::support {

struct HttpAnswer {
  // 0: nobody answered.
  int status = 0;
  std::string body;
};

// `url` is http://127.0.0.1:PORT and a path. The body is JSON unless `headers` have another
// content-type (names in lower case).
HttpAnswer HttpCall(std::string_view method, std::string_view url, std::string_view body = "",
                    std::vector<std::pair<std::string, std::string>> headers = {
                        {"content-type", "application/json"}});

}  // namespace tideover::support

#endif  // TIDEOVER_TESTS_SUPPORT_HTTP_CALL_H_
