// What is read of a document whichever answer it came in, a list, a mutation's or a subscription's:
// its id, its version, and whether it is still there. Pure.
#ifndef TIDEOVER_APPSYNC_DOCUMENT_H_
#define TIDEOVER_APPSYNC_DOCUMENT_H_

#include <string>

#include "appsync/binding.h"
#include "base/json.h"

namespace tideover::appsync {

// The id as the engine knows it; empty when there is none that can be used. Makes it a string in
// the document, whatever the server's schema calls it.
std::string TakeId(const CollectionBinding& collection, json::Value* document);

// True where the collection has no versions, too.
bool HasItsVersion(const CollectionBinding& collection, const json::Value& document);

// It is marked as deleted.
bool IsDeleted(const json::Value& document);

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_DOCUMENT_H_
