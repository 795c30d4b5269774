#include "store/place.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "base/status_macros.h"
#include "store/record.h"
#include "tideover/storage/v1/meta.pb.h"

namespace tideover::store {
namespace {

constexpr std::string_view kPlaceKey = "place";

absl::Status LookAt(const std::string& path, Place* place) {
#ifdef STATX_BTIME
  struct statx facts {};
  if (statx(AT_FDCWD, path.c_str(), 0, STATX_INO | STATX_BTIME, &facts) == 0) {
    place->file = facts.stx_ino;
    if ((facts.stx_mask & STATX_BTIME) != 0) {
      place->born_ns = facts.stx_btime.tv_sec * 1'000'000'000 + facts.stx_btime.tv_nsec;
    }
    return absl::OkStatus();
  }
#endif
  struct stat plain {};
  if (stat(path.c_str(), &plain) != 0) {
    return absl::InternalError(fmt::format("looking at {}: {}", path, std::strerror(errno)));
  }
  place->file = plain.st_ino;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Place> PlaceOf(const Env& env, std::string_view machine_id) {
  Place place;
  if (!machine_id.empty()) {
    place.machine = fmt::format("{:016x}", HashBytes(fmt::format("tideover {}", machine_id)));
  }
  RETURN_IF_ERROR(LookAt(env.options().path + "/data.mdb", &place));
  return place;
}

bool MayBeTheSame(const Place& a, const Place& b) {
  const auto differ = [](const auto& x, const auto& y, const auto& unknown) {
    return x != unknown && y != unknown && x != y;
  };
  return !differ(a.machine, b.machine, std::string()) && !differ(a.file, b.file, uint64_t{0}) &&
         !differ(a.born_ns, b.born_ns, int64_t{0});
}

absl::StatusOr<std::optional<Place>> ReadPlace(const Reader& reader) {
  ASSIGN_OR_RETURN(const auto bytes, reader.Get(Table::kMeta, kPlaceKey));
  if (!bytes.has_value()) return std::optional<Place>();
  storage::v1::Place stored;
  if (!stored.ParseFromArray(bytes->data(), static_cast<int>(bytes->size()))) {
    return absl::DataLossError("meta place does not decode");
  }
  return std::optional<Place>({stored.machine(), stored.file(), stored.born_ns()});
}

absl::Status WritePlace(WriteTxn* txn, const Place& place) {
  storage::v1::Place stored;
  stored.set_machine(place.machine);
  stored.set_file(place.file);
  stored.set_born_ns(place.born_ns);
  return txn->Put(Table::kMeta, kPlaceKey, stored.SerializeAsString());
}

}  // namespace tideover::store
