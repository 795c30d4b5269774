// ReadChange: from the payload of one message of a subscription to what the engine is told. Pure.
// Here is decided whether the document in it is fit to be taken for the server's state; of any
// other it is only told that something changed, and the list says what.
//
// A member that the list shows and that is null here makes a document unfit: AppSync delivers only
// what the writer's own mutation selected, and null stands for all that it did not select.
#ifndef TIDEOVER_APPSYNC_LIVE_CHANGE_H_
#define TIDEOVER_APPSYNC_LIVE_CHANGE_H_

#include "appsync/binding.h"
#include "base/json.h"
#include "sync/upstream.h"

namespace tideover::appsync {

sync::LiveChange ReadChange(const CollectionBinding& collection,
                            const OperationBinding& subscription, json::Value payload);

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_LIVE_CHANGE_H_
