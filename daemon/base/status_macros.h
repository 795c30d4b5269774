// The two macros that pass an error on. Each statement yields early from the enclosing function,
// which returns absl::Status or absl::StatusOr<T>. Nothing is logged here: the place that decides
// what an error means logs it.
#ifndef TIDEOVER_BASE_STATUS_MACROS_H_
#define TIDEOVER_BASE_STATUS_MACROS_H_

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <utility>

#define TIDEOVER_CONCAT_INNER(a, b) a##b
#define TIDEOVER_CONCAT(a, b) TIDEOVER_CONCAT_INNER(a, b)

#define RETURN_IF_ERROR(expr)                                                 \
  do {                                                                        \
    if (absl::Status status_macro_value = (expr); !status_macro_value.ok()) { \
      return status_macro_value;                                              \
    }                                                                         \
  } while (false)

// ASSIGN_OR_RETURN(auto x, F()) evaluates F() once; declares x where the macro stands.
#define ASSIGN_OR_RETURN(lhs, expr) \
  ASSIGN_OR_RETURN_INNER(TIDEOVER_CONCAT(status_or_, __LINE__), lhs, expr)

#define ASSIGN_OR_RETURN_INNER(tmp, lhs, expr) \
  auto tmp = (expr);                           \
  if (!tmp.ok()) return tmp.status();          \
  lhs = *std::move(tmp)

#endif  // TIDEOVER_BASE_STATUS_MACROS_H_
