#include "api/outbox_scan.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "api/convert.h"
#include "api/mutation_details.h"
#include "base/status_macros.h"
#include "store/keys.h"

namespace tideover::api {
namespace {

// Rows that are looked at on one snapshot, and the time that may take.
constexpr size_t kSliceRowsMax = 1000;
constexpr base::Millis kSliceTimeMax{50};

// One of the tables, walked from a sequence number on.
class Source {
 public:
  Source(const store::Reader& reader, std::optional<store::SettledClass> part, uint64_t first)
      : part_(part),
        cursor_(std::make_unique<store::Cursor>(
            reader, part.has_value() ? store::Table::kSettled : store::Table::kLog)) {
    cursor_->Seek(part.has_value() ? store::SettledKey(*part, first) : store::SeqKey(first));
  }
  bool Valid() const {
    return cursor_->Valid() &&
           (!part_.has_value() || static_cast<store::SettledClass>(cursor_->key()[0]) == *part_);
  }
  uint64_t seq() const {
    return store::ReadU64(part_.has_value() ? cursor_->key().substr(1) : cursor_->key());
  }
  bool settled() const { return part_.has_value(); }
  std::string_view value() const { return cursor_->value(); }
  void Next() { cursor_->Next(); }
  const absl::Status& status() const { return cursor_->status(); }

 private:
  std::optional<store::SettledClass> part_;
  std::unique_ptr<store::Cursor> cursor_;
};

// The source with the smallest number, or nullptr at the end of all.
Source* First(std::vector<Source>* sources) {
  Source* first = nullptr;
  for (Source& source : *sources) {
    if (source.Valid() && (first == nullptr || source.seq() < first->seq())) first = &source;
  }
  return first;
}

std::vector<Source> Open(const store::Reader& reader, const OutboxSelection& selection,
                         uint64_t first) {
  std::vector<Source> sources;
  for (const v1::MutationState state : selection.states) {
    if (!IsPendingState(state)) continue;
    sources.emplace_back(reader, std::nullopt, first);
    break;
  }
  if (selection.Wants(v1::MUTATION_STATE_DEAD_LETTERED)) {
    sources.emplace_back(reader, store::SettledClass::kDeadLetter, first);
  }
  if (selection.Wants(v1::MUTATION_STATE_SETTLED)) {
    sources.emplace_back(reader, store::SettledClass::kHistory, first);
  }
  return sources;
}

}  // namespace

std::set<v1::MutationState> UnsettledStates() {
  return {v1::MUTATION_STATE_QUEUED, v1::MUTATION_STATE_PAUSED, v1::MUTATION_STATE_IN_FLIGHT,
          v1::MUTATION_STATE_HELD, v1::MUTATION_STATE_DEAD_LETTERED};
}

bool IsPendingState(v1::MutationState state) {
  return state == v1::MUTATION_STATE_QUEUED || state == v1::MUTATION_STATE_PAUSED ||
         state == v1::MUTATION_STATE_IN_FLIGHT || state == v1::MUTATION_STATE_HELD;
}

OutboxScan::OutboxScan(std::shared_ptr<const Session> session, OutboxSelection selection)
    : session_(std::move(session)),
      selection_(std::move(selection)),
      next_seq_(selection_.after_seq + 1) {}

absl::StatusOr<bool> OutboxScan::Step(const base::Clock& clock, Sink sink) {
  ASSIGN_OR_RETURN(const store::ReadTxn txn, session_->env->BeginRead());
  std::vector<Source> sources = Open(txn.reader(), selection_, next_seq_);
  const base::MonoTime start = clock.Mono();
  for (size_t rows = 0; rows < kSliceRowsMax && clock.Mono() - start < kSliceTimeMax; ++rows) {
    Source* source = First(&sources);
    if (source == nullptr) {
      for (const Source& each : sources) RETURN_IF_ERROR(each.status());
      return true;
    }
    ASSIGN_OR_RETURN(
        const bool takes_more,
        Visit(txn.reader(), {source->seq(), source->value(), source->settled()}, sink));
    if (!takes_more) return true;
    next_seq_ = source->seq() + 1;
    source->Next();
  }
  return false;
}

absl::StatusOr<bool> OutboxScan::Visit(const store::Reader& reader, const Row& row, Sink sink) {
  v1::Mutation mutation;
  const auto size = static_cast<int>(row.bytes.size());
  if (row.settled) {
    log::SettledEntry entry;
    if (!entry.ParseFromArray(row.bytes.data(), size)) {
      return absl::DataLossError(fmt::format("settled entry {} does not decode", row.seq));
    }
    if (!IsOfInterest(entry.mutation())) return true;
    FillSettled(*session_, row.seq, entry, &mutation);
    if (!selection_.Wants(mutation.state())) return true;
    if (selection_.details) {
      RETURN_IF_ERROR(AddSettledDetails(reader, row.seq, entry, &mutation));
    }
  } else {
    log::LogEntry entry;
    if (!entry.ParseFromArray(row.bytes.data(), size)) {
      return absl::DataLossError(fmt::format("log entry {} does not decode", row.seq));
    }
    if (!IsOfInterest(entry.mutation())) return true;
    FillPending(*session_, row.seq, entry, &mutation);
    if (!selection_.Wants(mutation.state())) return true;
    if (selection_.details) {
      RETURN_IF_ERROR(AddPendingDetails(reader, row.seq, entry, &mutation));
    }
  }
  return sink(row.seq, std::move(mutation));
}

bool OutboxScan::IsOfInterest(const log::Mutation& mutation) const {
  if (!selection_.collection.has_value()) return true;
  const std::string& id = selection_.document_id;
  for (const log::Mutation::Effect& effect : mutation.effects()) {
    const log::DocumentName& name = effect.document();
    if (name.collection() != *selection_.collection) continue;
    if (id.empty() || name.document_id() == id) return true;
  }
  if (mutation.collection() != *selection_.collection) return false;
  return id.empty() || mutation.document_id() == id || mutation.provisional_id() == id;
}

}  // namespace tideover::api
