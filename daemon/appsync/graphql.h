// Writes GraphQL requests: one operation, one field, typed variables. Pure. A nullable argument
// whose variable is not given counts as not written, so an operation's text is the same for every
// document.
#ifndef TIDEOVER_APPSYNC_GRAPHQL_H_
#define TIDEOVER_APPSYNC_GRAPHQL_H_

#include <string>

#include "appsync/binding.h"
#include "base/json.h"

namespace tideover::appsync {

// mutation addTodo($content: String!) { addTodo(content: $content) { statusCode todo { _id } } }
std::string WriteOperation(const OperationBinding& operation);

// The body of the POST: {"query":"…","variables":{…}}. `arguments` is an object of argument values.
std::string WriteRequest(const OperationBinding& operation, const json::Value& arguments);

}  // namespace tideover::appsync

#endif  // TIDEOVER_APPSYNC_GRAPHQL_H_
