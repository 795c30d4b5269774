// The head of an HTTP/1 response, a line at a time, for whoever reads one: curl's header callback
// and the WebSocket handshake. Pure; the text comes from outside, so that anything may stand in it.
#ifndef TIDEOVER_NET_HTTP_HEAD_H_
#define TIDEOVER_NET_HTTP_HEAD_H_

#include <string>
#include <string_view>

#include "net/http.h"

namespace tideover::net {

// Of ASCII letters; what else there is stays.
std::string LowerCase(std::string_view text);

// Without spaces, tabs, CR and LF at both ends.
std::string_view Trim(std::string_view text);

// 200 of "HTTP/1.1 200 OK" and "HTTP/2 200"; 0 where no number stands in its place.
int StatusOf(std::string_view status_line);

// Appends the header of "Name: value", its name in lower case; a line without a colon is none.
void AppendHeader(std::string_view line, HttpHeaders* headers);

}  // namespace tideover::net

#endif  // TIDEOVER_NET_HTTP_HEAD_H_
