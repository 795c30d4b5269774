// `put COLLECTION -`: one document per line of standard input, many calls in flight. Lines are sent
// in order but, being separate calls, may be committed in another; each fails alone. The main
// thread reads, sends and prints; gRPC's threads only hand finished calls back.
#include <condition_variable>
#include <deque>
#include <istream>
#include <memory>
#include <mutex>
#include <ostream>

#include "base/json.h"
#include "cli/commands.h"
#include "cli/json_output.h"
#include "cli/mutate_output.h"
#include "cli/progress.h"

namespace tideover::cli {
namespace {

// Enough for the daemon to commit many writes at once, few enough to bound memory at both ends.
constexpr size_t kOutstandingMax = 64;

// One line on its way.
struct Line {
  explicit Line(std::chrono::seconds timeout) : call(timeout) {}
  uint64_t number = 0;
  Call call;
  v1::MutateRequest request;
  v1::MutateResponse response;
  grpc::Status status;
};

// Where gRPC's threads put finished lines and the main thread takes them.
class Finished {
 public:
  void Push(Line* line) {
    // Notifies under the lock: the receiver may be gone right after it has taken the last line.
    const std::lock_guard<std::mutex> lock(mutex_);
    lines_.push_back(line);
    condition_.notify_one();
  }
  // Waits for one.
  Line* Take() {
    std::unique_lock<std::mutex> lock(mutex_);
    condition_.wait(lock, [this] { return !lines_.empty(); });
    Line* line = lines_.front();
    lines_.pop_front();
    return line;
  }

 private:
  std::mutex mutex_;
  std::condition_variable condition_;
  std::deque<Line*> lines_;
};

class BulkPut {
 public:
  explicit BulkPut(Context& context) : context_(context), progress_(context.environment) {}

  int Run() {
    std::string text;
    while (exit_code_ != kExitUnreachable && std::getline(context_.environment.in, text)) {
      ++number_;
      if (text.find_first_not_of(" \t\r") == std::string::npos) continue;
      if (outstanding_ == kOutstandingMax) TakeOne();
      Send(text);
    }
    while (outstanding_ > 0) TakeOne();
    progress_.Clear();
    if (!context_.json()) context_.out() << Summary() << std::endl;
    return exit_code_;
  }

 private:
  void Send(const std::string& text) {
    auto line = std::make_unique<Line>(MutateTimeout(context_));
    line->number = number_;
    line->request = MakeMutateRequest(context_);
    v1::Operation* operation = line->request.mutable_operations(0);
    operation->mutable_create()->set_json(text);
    if (!context_.arguments.mutation_id.empty()) {
      operation->set_mutation_id(context_.arguments.mutation_id + "-" + std::to_string(number_));
    }
    ++outstanding_;
    Line* const sent = line.release();  // owned by the call until Take gives it back
    context_.connection.data().async()->Mutate(sent->call, &sent->request, &sent->response,
                                               [this, sent](grpc::Status status) {
                                                 sent->status = std::move(status);
                                                 finished_.Push(sent);
                                               });
  }

  void TakeOne() {
    const std::unique_ptr<Line> line(finished_.Take());
    --outstanding_;
    Count(*line);
    if (context_.json()) PrintJsonLine(*line);
    progress_.Show(Summary() + ", line " + std::to_string(number_));
  }

  void Count(const Line& line) {
    if (!line.status.ok()) {
      ++failed_;
      // Once for all lines is enough when nobody is there.
      if (exit_code_ == kExitUnreachable) return;
      progress_.Clear();
      if (!context_.json()) context_.environment.err << "line " << line.number << ": ";
      exit_code_ = context_.Fail(line.status);
      return;
    }
    const v1::MutationResult& result = line.response.results(0);
    if (ResultExitCode(context_, result) == kExitOk) {
      ++written_;
      return;
    }
    ++failed_;
    progress_.Clear();
    context_.Note("line " + std::to_string(line.number) + ": " + ResultWords(result));
    if (exit_code_ == kExitOk) exit_code_ = kExitFailed;
  }

  void PrintJsonLine(const Line& line) {
    if (!line.status.ok()) return;  // its error went to stderr
    json::Value output = json::Value::Object();
    output.Set("line", json::Value::Int(static_cast<int64_t>(line.number)));
    output.Set("result", ToJson(line.response.results(0)));
    context_.out() << json::Write(output) << std::endl;
  }

  std::string Summary() const {
    std::string words = std::to_string(written_) +
                        (context_.arguments.wait ? " applied by the server" : " written");
    if (failed_ > 0) words += ", " + std::to_string(failed_) + " failed";
    return words;
  }

  Context& context_;
  Progress progress_;
  Finished finished_;
  size_t outstanding_ = 0;
  uint64_t number_ = 0;
  uint64_t written_ = 0;
  uint64_t failed_ = 0;
  int exit_code_ = kExitOk;
};

}  // namespace

int RunBulkPut(Context& context) {
  if (!context.arguments.document_id.empty() || context.arguments.if_revision.has_value()) {
    return context.Usage("--id and --if-revision cannot be used with -");
  }
  return BulkPut(context).Run();
}

}  // namespace tideover::cli
