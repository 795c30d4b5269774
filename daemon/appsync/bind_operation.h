// OperationBinder: binds one operation of a collection to a field of the schema. A value, used
// while a collection is bound (bind.h), and the words in which a name that does not exist is
// refused.
#ifndef TIDEOVER_APPSYNC_BIND_OPERATION_H_
#define TIDEOVER_APPSYNC_BIND_OPERATION_H_

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "appsync/bind.h"
#include "appsync/binding.h"
#include "appsync/introspection.h"

namespace tideover::appsync {

// kCommute: of an operation that adds or takes out; it needs no version.
enum class Role { kCreate, kUpdate, kDelete, kCommute };

// What the operations of one collection have in common; nothing of it matters to an invoke.
struct DocumentShape {
  std::string id_field;
  // Empty: no versions.
  std::string version_field;
  doors::IdMode ids = doors::IdMode::kServer;
};

class OperationBinder {
 public:
  // `schema` may be nullptr and outlives this.
  OperationBinder(DocumentShape shape, const Introspection* schema,
                  std::vector<std::string> refusals)
      : id_field_(std::move(shape.id_field)),
        version_field_(std::move(shape.version_field)),
        ids_(shape.ids),
        schema_(schema),
        refusals_(std::move(refusals)) {}

  absl::StatusOr<OperationBinding> BindList(const OperationSource& source) const;
  // `shown`: what the list selects of a document.
  absl::StatusOr<OperationBinding> BindMutation(const OperationSource& source, Role role,
                                                const Selection* shown) const;
  // `collection` has its operations already.
  absl::StatusOr<BatchBinding> BindBatch(const BatchSource& source,
                                         const CollectionBinding& collection,
                                         const Selection* shown) const;
  absl::StatusOr<OperationBinding> BindInvoke(const OperationSource& source) const;
  absl::StatusOr<OperationBinding> BindSubscription(const OperationSource& source,
                                                    const Selection* shown) const;

 private:
  // The field, its selection and its conditions; `found` becomes the schema's operation, if any.
  absl::StatusOr<OperationBinding> BindField(const OperationSource& source, OperationKind kind,
                                             const SchemaOperation** found) const;
  absl::Status BindArguments(const OperationSource& source, const SchemaOperation* found, Role role,
                             OperationBinding* operation) const;
  absl::Status BindPaging(const OperationSource& source, const SchemaOperation* found,
                          OperationBinding* operation) const;
  absl::Status BindItems(const OperationSource& source, const SchemaOperation* found,
                         OperationBinding* operation) const;
  // `answer`: the selection in which the document is looked for.
  absl::Status BindDocument(const OperationSource& source, Role role, const Selection* shown,
                            const Selection* answer, OperationBinding* operation) const;
  absl::Status BindResults(const BatchSource& source, const SchemaOperation* found,
                           const Selection* shown, BatchBinding* batch) const;

  const std::string id_field_;
  const std::string version_field_;
  const doors::IdMode ids_;
  const Introspection* const schema_;
  const std::vector<std::string> refusals_;
};

template <typename Map>
std::vector<std::string> NamesOf(const Map& map) {
  std::vector<std::string> names;
  for (const auto& [name, value] : map) names.push_back(name);
  return names;
}

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_BIND_OPERATION_H_
