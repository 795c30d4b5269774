// Structured log lines on standard error: one line per event, `time level module message key=value
// …`. A value, passed by reference to whoever logs; thread-safe. Values that come from outside are
// neutralised (control characters are escaped) and cut at kLogValueBytesMax. Tokens, keys,
// passwords and document contents are never logged: callers pass ids and sizes only.
#ifndef TIDEOVER_BASE_LOGGING_H_
#define TIDEOVER_BASE_LOGGING_H_

#include <fmt/format.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace tideover::base {

enum class LogLevel { kDebug, kInfo, kWarning, kError, kOff };

inline constexpr size_t kLogValueBytesMax = 512;

struct LogField {
  template <typename T>
  LogField(std::string_view k, const T& v)
      : key(k),
        value(fmt::format("{}", v)) {
  }  // NOLINT(google-explicit-constructor): written in braces at the call
  std::string_view key;
  std::string value;
};

void SetLogLevel(LogLevel level);
// "debug", "info", "warning", "error", "off"; false for another word.
bool ParseLogLevel(std::string_view word, LogLevel* level);

// Log(LogLevel::kInfo, "store", "opened", {{"documents", n}, {"path", path}});
void Log(LogLevel level, std::string_view module, std::string_view message,
         std::initializer_list<LogField> fields = {});

}  // namespace tideover::base

#endif  // TIDEOVER_BASE_LOGGING_H_
