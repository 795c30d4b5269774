#include "appsync/error_table.h"

namespace tideover::appsync {
namespace {

using enum sync::PushClass;

// The first row that holds the status counts.
struct StatusRow {
  int first;
  int last;
  sync::PushClass told;
  sync::PushClass bare;
};

constexpr StatusRow kStatuses[] = {
    {200, 299, kAmbiguous, kAmbiguous}, {300, 399, kRetry, kRetry},
    {400, 400, kRejected, kRetry},      {401, 401, kUnauthorized, kUnauthorized},
    {403, 403, kRejected, kRejected},   {408, 408, kAmbiguous, kAmbiguous},
    {413, 413, kRejected, kRejected},   {402, 499, kRetry, kRetry},
    {503, 503, kRetry, kRetry},         {500, 599, kAmbiguous, kAmbiguous},
};

// An exact name, or with `part` any name that contains the text. The first row that fits counts.
struct TypeRow {
  std::string_view text;
  bool part;
  sync::PushClass outcome;
  bool throttling = false;
};

constexpr TypeRow kTypes[] = {
    // Before execution.
    {"UnauthorizedException", false, kUnauthorized},
    {"com.amazonaws.deepdish.graphql.auth#UnauthorizedException", false, kUnauthorized},
    {"BadRequestException", false, kRejected},
    {"MalformedHttpRequestException", false, kRejected},
    {"ValidationError", false, kRejected},
    {"WrongType", false, kRejected},
    {"FieldUndefined", false, kRejected},
    {"UnknownArgument", false, kRejected},
    {"MissingFieldArgument", false, kRejected},
    {"VariableTypeMismatch", false, kRejected},
    {"QueryDepthLimitReached", false, kRejected},
    {"UnsupportedOperation", false, kRejected},
    {"MaxSubscriptionsReached", true, kRejected},
    // A field of the schema, or a versioned source, refused.
    {"Unauthorized", false, kRejected},
    {"BadRequest", false, kRejected},
    {"DynamoDB:ConditionalCheckFailedException", false, kRejected},
    {"ConflictUnhandled", false, kConflict},
    {"ConflictError", false, kConflict},
    // Not executed now; later perhaps.
    {"MaxConflicts", false, kRetry},
    {"GraphQLSchemaException", false, kRetry},
    {"LimitExceeded", true, kRetry, true},
    {"Throttl", true, kRetry, true},
    {"TooManyRequests", true, kRetry, true},
    {"ProvisionedThroughputExceeded", true, kRetry, true},
    // The write was done, only the record for delta sync was lost.
    {"DeltaSyncWriteError", false, kConfirmed},
    // Begun, and nobody knows how far it came.
    {"Lambda:", true, kAmbiguous},
    {"ExecutionTimeout", false, kAmbiguous},
    {"MappingTemplate", false, kAmbiguous},
    {"ResolverExecutionLimitReached", false, kAmbiguous},
    {"InternalFailure", false, kAmbiguous},
    {"UnknownErrorType", false, kAmbiguous},
};

const TypeRow* FindType(std::string_view error_type) {
  for (const TypeRow& row : kTypes) {
    const bool fits =
        row.part ? error_type.find(row.text) != error_type.npos : error_type == row.text;
    if (fits) return &row;
  }
  return nullptr;
}

}  // namespace

sync::PushClass ClassOfStatus(int status, bool told) {
  for (const StatusRow& row : kStatuses) {
    if (status >= row.first && status <= row.last) return told ? row.told : row.bare;
  }
  return kAmbiguous;
}

std::optional<sync::PushClass> ClassOfErrorType(std::string_view error_type) {
  const TypeRow* row = FindType(error_type);
  return row == nullptr ? std::nullopt : std::optional(row->outcome);
}

bool IsThrottling(std::string_view error_type) {
  const TypeRow* row = FindType(error_type);
  return row != nullptr && row->throttling;
}

}  // namespace tideover::appsync
