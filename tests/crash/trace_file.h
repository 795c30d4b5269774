// Reads a trace that the shim wrote. Stateless; failures are the test's.
#ifndef TIDEOVER_TESTS_CRASH_TRACE_FILE_H_
#define TIDEOVER_TESTS_CRASH_TRACE_FILE_H_

#include <string>
#include <vector>

#include "crash/child.h"
#include "crash/trace.h"

namespace tideover::crash {

struct TraceEvent {
  TraceHeader header;
  std::string bytes;
};

std::vector<TraceEvent> ReadTrace(const std::string& path);

// Runs the scenario to its end in `options.directory` under the recorder.
std::vector<TraceEvent> RecordRun(ChildOptions options, const std::string& trace_path);

}  // namespace tideover::crash

#endif  // TIDEOVER_TESTS_CRASH_TRACE_FILE_H_
