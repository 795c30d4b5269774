// Secret: text that must not be shown: tokens, keys, passwords. A value that has no formatter and
// no stream operator, so that it cannot reach a log line or an error by accident; whoever needs the
// text says Reveal(), which is easy to find. Its bytes are overwritten when it is destroyed.
#ifndef TIDEOVER_APPSYNC_SECRET_H_
#define TIDEOVER_APPSYNC_SECRET_H_

#include <string>
#include <string_view>
#include <utility>

namespace tideover::appsync {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { other.Wipe(); }
  Secret& operator=(const Secret& other) {
    if (this != &other) {
      Wipe();
      text_ = other.text_;
    }
    return *this;
  }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      Wipe();
      text_ = std::move(other.text_);
      other.Wipe();
    }
    return *this;
  }
  ~Secret() { Wipe(); }

  bool empty() const { return text_.empty(); }
  const std::string& Reveal() const { return text_; }
  bool operator==(const Secret&) const = default;

 private:
  void Wipe() {
    volatile char* bytes = text_.data();
    for (size_t i = 0; i < text_.size(); ++i) bytes[i] = 0;
    text_.clear();
  }

  std::string text_;
};

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_SECRET_H_
