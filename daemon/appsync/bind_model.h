// The operations that Amplify generates for an `a.model()`: createTask, updateTask, deleteTask,
// listTasks, with their input types, and onCreateTask, onUpdateTask, onDeleteTask. They are not in
// the introspection; their names and shapes follow from the model. Pure.
//
// A model with a composite key is refused (FAILED_PRECONDITION): a document has one id here.
#ifndef TIDEOVER_APPSYNC_BIND_MODEL_H_
#define TIDEOVER_APPSYNC_BIND_MODEL_H_

#include <absl/status/statusor.h>

#include <string>

#include "appsync/binding.h"
#include "appsync/introspection.h"

namespace tideover::appsync {

// `name` is the collection's. Ids are made here (UUIDs): Amplify honours them. `version` is the
// member that conflict detection adds to every document ("_version", with _lastChangedAt and
// _deleted beside it), of which the introspection says nothing; empty: it is off.
absl::StatusOr<CollectionBinding> BindModel(const Introspection& schema, const Model& model,
                                            const std::string& name,
                                            const std::string& version = "");

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_BIND_MODEL_H_
