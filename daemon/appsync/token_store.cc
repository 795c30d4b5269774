#include "appsync/token_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "base/json.h"
#include "base/status_macros.h"

namespace tideover::appsync {
namespace {

using json::Value;

constexpr size_t kFileBytesMax = size_t{1} << 17;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  const int fd_;
};

absl::Status Failed(std::string_view what, const std::string& path) {
  return absl::InternalError(fmt::format("cannot {} {}: {}", what, path, std::strerror(errno)));
}

std::string TextOf(const Value& object, std::string_view name) {
  const Value* value = object.Find(name);
  return value != nullptr && value->is_string() ? value->text() : "";
}

base::WallTime TimeOf(const Value& object, std::string_view name) {
  const Value* value = object.Find(name);
  return {value == nullptr ? 0 : value->AsInt64().value_or(0)};
}

}  // namespace

TokenStore::TokenStore(std::string directory)
    : directory_(std::move(directory)), path_(directory_ + "/tokens.json") {}

absl::StatusOr<StoredTokens> TokenStore::Load() const {
  const Descriptor file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file.ok()) {
    if (errno == ENOENT) return absl::NotFoundError("nobody is signed in");
    return Failed("open", path_);
  }
  struct stat info = {};
  if (::fstat(file.get(), &info) != 0) return Failed("read", path_);
  if ((info.st_mode & 077) != 0 || info.st_uid != ::geteuid()) {
    return absl::PermissionDeniedError(
        fmt::format("{} is not this user's alone: chmod 600 it, or sign in again", path_));
  }
  std::string text;
  char buffer[8192];
  ssize_t got = 0;
  while (text.size() < kFileBytesMax && (got = ::read(file.get(), buffer, sizeof(buffer))) > 0) {
    text.append(buffer, static_cast<size_t>(got));
  }
  const absl::StatusOr<Value> root = json::ParseObject(text);
  const Value* format = root.ok() ? root->Find("format") : nullptr;
  if (format == nullptr || format->AsInt64() != 1 || TextOf(*root, "sub").empty()) {
    return absl::DataLossError(fmt::format("{} is damaged: sign in again", path_));
  }
  StoredTokens tokens;
  tokens.user_pool_id = TextOf(*root, "user_pool_id");
  tokens.client_id = TextOf(*root, "client_id");
  tokens.access = Secret(TextOf(*root, "access"));
  tokens.id = Secret(TextOf(*root, "id"));
  tokens.refresh = Secret(TextOf(*root, "refresh"));
  tokens.expires_at = TimeOf(*root, "expires_at");
  tokens.refresh_at = TimeOf(*root, "refresh_at");
  tokens.identity = {Identity::Kind::kCognito, TextOf(*root, "sub"), TextOf(*root, "username"),
                     TextOf(*root, "display")};
  const Value* rotates = root->Find("rotates");
  tokens.rotates = rotates != nullptr && rotates->boolean();
  return tokens;
}

absl::Status TokenStore::Save(const StoredTokens& tokens) const {
  Value root = Value::Object();
  root.Set("format", Value::Int(1));
  const std::pair<std::string_view, const std::string&> texts[] = {
      {"user_pool_id", tokens.user_pool_id},
      {"client_id", tokens.client_id},
      {"sub", tokens.identity.subject},
      {"username", tokens.identity.username},
      {"display", tokens.identity.display},
      {"access", tokens.access.Reveal()},
      {"id", tokens.id.Reveal()},
      {"refresh", tokens.refresh.Reveal()},
  };
  for (const auto& [name, text] : texts) root.Set(name, Value::String(text));
  root.Set("expires_at", Value::Int(tokens.expires_at.ms));
  root.Set("refresh_at", Value::Int(tokens.refresh_at.ms));
  root.Set("rotates", Value::Bool(tokens.rotates));
  if (::mkdir(directory_.c_str(), 0700) != 0 && errno != EEXIST) return Failed("make", directory_);
  const std::string fresh = path_ + ".new";
  RETURN_IF_ERROR(WriteWhole(fresh, json::Write(root)));
  if (::rename(fresh.c_str(), path_.c_str()) != 0) return Failed("replace", path_);
  return SyncDirectory();
}

absl::Status TokenStore::Remove() const {
  if (::unlink(path_.c_str()) != 0) {
    return errno == ENOENT ? absl::OkStatus() : Failed("remove", path_);
  }
  return SyncDirectory();
}

absl::Status TokenStore::WriteWhole(const std::string& path, const std::string& text) const {
  // What a crash may have left.
  ::unlink(path.c_str());
  const Descriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.ok()) return Failed("create", path);
  for (size_t written = 0; written < text.size();) {
    const ssize_t n = ::write(file.get(), text.data() + written, text.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Failed("write", path);
    written += static_cast<size_t>(n);
  }
  if (::fsync(file.get()) != 0) return Failed("sync", path);
  return absl::OkStatus();
}

absl::Status TokenStore::SyncDirectory() const {
  const Descriptor directory(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.ok() || ::fsync(directory.get()) != 0) return Failed("sync", directory_);
  return absl::OkStatus();
}

}  // namespace tideover::appsync
