#include "cli/progress.h"

#include <ostream>

#include "cli/table.h"

namespace tideover::cli {
namespace {

constexpr std::chrono::milliseconds kShowInterval(100);
// Narrow enough for any terminal, since a line that wraps cannot be wiped.
constexpr size_t kWidthMax = 78;

}  // namespace

void Progress::Show(const std::string& text) {
  if (!enabled()) return;
  const auto now = environment_.now();
  if (visible_ && now - last_shown_ < kShowInterval) return;
  last_shown_ = now;
  visible_ = true;
  environment_.err << "\r\033[K" << Shorten(Printable(text), kWidthMax) << std::flush;
}

void Progress::Clear() {
  if (visible_) environment_.err << "\r\033[K" << std::flush;
  visible_ = false;
}

}  // namespace tideover::cli
