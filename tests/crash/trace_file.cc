#include "crash/trace_file.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

#include "crash/child_run.h"

namespace tideover::crash {

std::vector<TraceEvent> ReadTrace(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  const std::string bytes = text.str();
  std::vector<TraceEvent> events;
  for (size_t at = 0; at + sizeof(TraceHeader) <= bytes.size();) {
    TraceEvent event;
    std::memcpy(&event.header, bytes.data() + at, sizeof event.header);
    at += sizeof event.header;
    event.bytes = bytes.substr(at, event.header.size);
    at += event.header.size;
    events.push_back(std::move(event));
  }
  return events;
}

std::vector<TraceEvent> RecordRun(ChildOptions options, const std::string& trace_path) {
  options.shim.emplace_back("TRACE", trace_path);
  Child child(options);
  EXPECT_EQ(child.Wait(), kExitDone) << child.said();
  return ReadTrace(trace_path);
}

}  // namespace tideover::crash
