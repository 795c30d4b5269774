// SyncFixture: the real store and doors under a scripted backend. What the engine asks of the
// upstream and of the merge port waits until the test says how it ends; the clock stands still
// until the test moves it. For tests of one behaviour of pusher or puller; the simulator does the
// rest.
#ifndef TIDEOVER_TESTS_SYNC_SYNC_FIXTURE_H_
#define TIDEOVER_TESTS_SYNC_SYNC_FIXTURE_H_

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "support/store_fixture.h"
#include "sync/engine.h"

namespace tideover::sync {

class ScriptedUpstream final : public Upstream {
 public:
  // One mutation of a request; the request is answered when all of its mutations are.
  struct Pushed {
    PushRequest request;
    uint64_t shared = 0;  // The same number: they left together.
  };
  struct Shared {
    std::vector<uint64_t> seqs;
    std::map<uint64_t, PushResult> results;
    PushDone done;
  };
  struct Listed {
    std::string collection;
    absl::AnyInvocable<void(ListResult)> done;
  };
  size_t FitTogether(std::span<const PushRequest> requests) const override {
    return std::min(fit_together, requests.size());
  }
  void Push(std::vector<PushRequest> requests, PushDone done) override {
    Shared& request = requests_[++last_];
    request.done = std::move(done);
    for (PushRequest& push : requests) {
      request.seqs.push_back(push.seq);
      pushes.push_back({std::move(push), last_});
    }
  }
  // Nothing: the mutation is not under way.
  std::optional<std::pair<PushDone, std::vector<PushResult>>> Answer(uint64_t seq,
                                                                     PushResult result) {
    const auto it = std::find_if(pushes.begin(), pushes.end(),
                                 [seq](const Pushed& push) { return push.request.seq == seq; });
    if (it == pushes.end()) return std::nullopt;
    const uint64_t number = it->shared;
    pushes.erase(it);
    Shared& request = requests_.at(number);
    request.results[seq] = std::move(result);
    if (request.results.size() < request.seqs.size())
      return std::make_pair(PushDone(), std::vector<PushResult>());
    std::vector<PushResult> results;
    for (const uint64_t each : request.seqs) results.push_back(std::move(request.results.at(each)));
    auto whole = std::make_pair(std::move(request.done), std::move(results));
    requests_.erase(number);
    return whole;
  }
  void List(ListRequest request, absl::AnyInvocable<void(ListResult)> done) override {
    lists.push_back({request.collection, std::move(done)});
  }
  bool Tells(const std::string& collection) const override { return tells.contains(collection); }
  void Listen(const std::string& collection, OnLive on_event) override {
    ++listens;
    listening[collection] = std::move(on_event);
  }
  void StopListening(const std::string& collection) override { listening.erase(collection); }
  void Reset() override { ++resets; }

  std::deque<Pushed> pushes;  // Not answered yet, oldest first.
  std::deque<Listed> lists;
  std::set<std::string> tells;
  std::map<std::string, OnLive> listening;
  int listens = 0;  // Since the start.
  int resets = 0;
  size_t fit_together = 1;

 private:
  std::map<uint64_t, Shared> requests_;
  uint64_t last_ = 0;
};

class SyncFixture : public support::DoorsFixture, public MergePort {
 protected:
  SyncFixture() {
    tuning_.push.server_time_max = base::Millis(30'000);
    tuning_.collections["todos"].poll_interval = base::Millis(0);
    tuning_.collections["notes"].poll_interval = base::Millis(0);
  }

  // Starts the engine and lets it do what it does at once; the lists that every start asks for are
  // answered with nothing, unless the test wants them.
  void Start(bool answer_lists = true) {
    StartEngine();
    Pump();
    if (answer_lists) AnswerLists();
  }
  void StartEngine() {
    upstream_ = std::make_unique<ScriptedUpstream>();
    upstream_->tells = tells_;
    engine_ = std::make_unique<Engine>(
        EngineOptions{tuning_, NetworkSetting::kAuto, true},
        EnginePorts{&clock_, &random_, env_.get(), &doors_->catalog(), &doors_->rules(),
                    upstream_.get(), this, &board_,
                    [this](std::optional<base::MonoTime> at) { armed_ = at; }});
    engine_->Start();
  }
  // The process dies and starts again: nothing but the store survives.
  void Restart(bool answer_lists = true) {
    engine_.reset();
    upstream_.reset();
    queue_.clear();
    Reopen();
    Start(answer_lists);
  }

  void Merge(doors::MergeRequest request, absl::AnyInvocable<void(doors::Answer)> done) override {
    queue_.push_back({std::move(request), std::move(done)});
  }
  using DoorsFixture::Merge;

  // One request of the engine to the doors, and its answer; false when none waits.
  bool RunOneMerge() {
    if (queue_.empty()) return false;
    auto [request, done] = std::move(queue_.front());
    queue_.pop_front();
    if (disk_full_) {
      done({absl::ResourceExhaustedError("full"), {}, {}});
      return true;
    }
    std::vector<doors::Answer> answers = RunTurn({doors::Request(std::move(request))});
    if (notice().commit != 0) engine_->OnCommitted(notice());
    done(std::move(answers[0]));
    return true;
  }
  // Until the engine waits for the backend or for time to pass.
  void Pump() {
    for (int i = 0; i < 10'000; ++i) {
      if (RunOneMerge()) continue;
      if (!armed_.has_value() || *armed_ > clock_.Mono()) return;
      armed_.reset();
      engine_->Turn();
    }
    FAIL() << "the engine is never at rest";
  }
  void Advance(base::Millis by) {
    clock_.Advance(by);
    Pump();
  }

  // A call of an app, and the engine hears of it.
  doors::CommitAnswer Write(const std::vector<doors::OperationInput>& inputs) {
    doors::CommitAnswer answer = MustCommit(inputs);
    engine_->OnCommitted(notice());
    Pump();
    return answer;
  }
  void RetryByHand(uint64_t seq) {
    EXPECT_TRUE(Retry(seq).ok());
    engine_->OnCommitted(notice());
    Pump();
  }
  void DiscardByHand(uint64_t seq) {
    EXPECT_TRUE(Discard(seq).ok());
    engine_->OnCommitted(notice());
    Pump();
  }

  // The oldest unanswered request of the mutation is answered so (when those that share it are,
  // too).
  void Answer(uint64_t seq, PushResult result) {
    auto whole = upstream_->Answer(seq, std::move(result));
    ASSERT_TRUE(whole.has_value()) << "mutation " << seq << " is not under way";
    if (whole->first) whole->first(std::move(whole->second));
    Pump();
  }
  void AnswerList(std::vector<json::Value> documents) {
    ASSERT_FALSE(upstream_->lists.empty());
    ListResult result;
    result.outcome = PushClass::kConfirmed;
    result.documents = std::move(documents);
    AnswerList(std::move(result));
  }
  void AnswerList(ListResult result) {
    ASSERT_FALSE(upstream_->lists.empty());
    auto done = std::move(upstream_->lists.front().done);
    upstream_->lists.pop_front();
    done(std::move(result));
    Pump();
  }
  // All of them, with nothing.
  void AnswerLists() {
    while (!upstream_->lists.empty()) AnswerList(std::vector<json::Value>());
  }

  // Mutations that the backend has and has not answered, in the order in which they were sent.
  std::vector<uint64_t> UnderWay() const {
    std::vector<uint64_t> seqs;
    for (const auto& push : upstream_->pushes) seqs.push_back(push.request.seq);
    return seqs;
  }
  log::PushState::Hold HoldOf(uint64_t seq) {
    const auto entry = Pending(seq);
    return entry.has_value() ? entry->push().hold() : log::PushState::NONE;
  }

  static PushResult Result(PushClass outcome, uint32_t status = 200) {
    PushResult result;
    result.outcome = outcome;
    result.error.http_status = status;
    if (outcome != PushClass::kConfirmed) result.error.message = "the server's words";
    return result;
  }
  static PushResult Confirmed(std::string server_id = "") {
    PushResult result = Result(PushClass::kConfirmed);
    result.server_id = std::move(server_id);
    return result;
  }
  static ListResult ListFailure(PushClass outcome, uint32_t status) {
    ListResult result;
    result.outcome = outcome;
    result.error = {"no list", status, ""};
    return result;
  }

  Tuning tuning_;
  std::set<std::string> tells_;  // Of the backend.
  StatusBoard board_;
  std::unique_ptr<ScriptedUpstream> upstream_;
  std::unique_ptr<Engine> engine_;
  std::deque<std::pair<doors::MergeRequest, absl::AnyInvocable<void(doors::Answer)>>> queue_;
  std::optional<base::MonoTime> armed_;
  bool disk_full_ = false;
};

}  // namespace tideover::sync

#endif  // TIDEOVER_TESTS_SYNC_SYNC_FIXTURE_H_
