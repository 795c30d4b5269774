#include "sync/push_request.h"

#include <utility>

#include "base/check.h"
#include "base/planted_bug.h"
#include "base/status_macros.h"
#include "cache/documents.h"
#include "doors/refold.h"
#include "view/fold.h"

namespace tideover::sync {

absl::StatusOr<PreparedPush> PreparePush(const store::Reader& reader, const store::Catalog& catalog,
                                         const doors::RulesByCollection& rules, uint64_t head) {
  ASSIGN_OR_RETURN(doors::Sendable sent, doors::ReadSent(reader, head));
  if (sent.bundle.empty()) return absl::NotFoundError("the mutation was taken out");
  PreparedPush prepared;
  PushRequest& request = prepared.request;
  request.seq = head;
  request.seqs = std::move(sent.bundle.seqs);
  request.mutation = sent.bundle.entries.back().mutation();
  prepared.head = std::move(sent.bundle.entries.front());
  const bool repeats = prepared.head.push().attempts() > 1;
  if (PLANTED_BUG(kNewIdOnRetry) && repeats) request.mutation.set_mutation_id("another");
  const bool as_logged = request.seqs.size() == 1 && request.mutation.kind() == sent.write.kind;
  if (!as_logged && !PLANTED_BUG(kBundleSendsNewestOnly)) {
    request.mutation.set_kind(sent.write.kind);
    request.mutation.set_json(sent.write.change.is_null() ? "" : json::Write(sent.write.change));
  }
  request.attempt = prepared.head.push().attempts();
  request.base_version = prepared.head.seen().version();
  request.change = std::move(sent.write.change);
  if (request.mutation.kind() == log::Mutation::INVOKE) return prepared;
  const std::string& id = request.mutation.document_id();
  ASSIGN_OR_RETURN(const auto document, cache::Find(reader, request.mutation.collection(), id));
  std::optional<std::string> stored;
  if (document.has_value() && document->base.has_value()) stored = *document->base;
  ASSIGN_OR_RETURN(auto base, doors::ParseStored(stored));
  const auto found = rules.find(catalog.NameOf(request.mutation.collection()));
  TIDEOVER_CHECK(found != rules.end(), "a collection with tuning has no rules");
  request.document = view::Apply(std::move(base), request.mutation.kind(), request.change,
                                 found->second.id_field, id);
  return prepared;
}

}  // namespace tideover::sync
