#include "base/logging.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <memory>

#include "base/check.h"

namespace tideover::base {
namespace {

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
    case LogLevel::kOff:
      return spdlog::level::off;
  }
  return spdlog::level::info;
}

spdlog::logger& Logger() {
  static const std::shared_ptr<spdlog::logger> logger = [] {
    auto made = std::make_shared<spdlog::logger>("tideover",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    made->flush_on(spdlog::level::debug);
    return made;
  }();
  return *logger;
}

void AppendValue(std::string_view value, std::string* line) {
  const std::string_view cut = value.substr(0, kLogValueBytesMax);
  const bool plain = !cut.empty() && cut.find_first_of(" \"=\\") == std::string_view::npos;
  if (!plain) line->push_back('"');
  for (const char c : cut) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      *line += fmt::format("\\x{:02x}", byte);
    } else {
      if (c == '"' || c == '\\') line->push_back('\\');
      line->push_back(c);
    }
  }
  if (cut.size() < value.size()) *line += "...";
  if (!plain) line->push_back('"');
}

}  // namespace

void SetLogLevel(LogLevel level) { Logger().set_level(ToSpdlog(level)); }

bool ParseLogLevel(std::string_view word, LogLevel* level) {
  static constexpr std::pair<std::string_view, LogLevel> kWords[] = {
      {"debug", LogLevel::kDebug},
      {"info", LogLevel::kInfo},
      {"warning", LogLevel::kWarning},
      {"error", LogLevel::kError},
      {"off", LogLevel::kOff}};
  for (const auto& [name, value] : kWords) {
    if (name == word) {
      *level = value;
      return true;
    }
  }
  return false;
}

void Log(LogLevel level, std::string_view module, std::string_view message,
         std::initializer_list<LogField> fields) {
  spdlog::logger& logger = Logger();
  if (!logger.should_log(ToSpdlog(level))) return;
  std::string line = fmt::format("{} {}", module, message);
  for (const LogField& field : fields) {
    line.push_back(' ');
    line += field.key;
    line.push_back('=');
    AppendValue(field.value, &line);
  }
  logger.log(ToSpdlog(level), "{}", line);
}

void CheckFailed(const char* file, int line, const char* condition, std::string_view detail) {
  Log(LogLevel::kError, "check", "an invariant does not hold; stopping",
      {{"at", fmt::format("{}:{}", file, line)}, {"condition", condition}, {"detail", detail}});
  std::abort();
}

}  // namespace tideover::base
