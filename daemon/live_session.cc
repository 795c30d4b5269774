#include "live_session.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <algorithm>
#include <utility>

#include "base/logging.h"
#include "base/status_macros.h"
#include "store/place.h"

namespace tideover {
namespace {

// So long nothing must have happened before memory is given back: it costs milliseconds.
constexpr base::Millis kQuiet{5'000};

// What a drain or a large list left free between what is in use: the C library keeps it otherwise.
void GiveMemoryBack() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace

absl::StatusOr<std::shared_ptr<LiveSession>> LiveSession::Open(SessionOptions options,
                                                               MakeUpstream make_upstream,
                                                               loop::EventLoop& loop,
                                                               const base::Clock& clock,
                                                               base::Random& random) {
  std::shared_ptr<LiveSession> session(new LiveSession(loop, clock));
  ASSIGN_OR_RETURN(session->env_, store::Env::Open(std::move(options.env)));
  RETURN_IF_ERROR(session->OpenDoors(&options, random));
  session->feed_ = std::make_unique<view::ChangeFeed>(session->doors_->opened_at_commit());
  session->upstream_ = make_upstream(session->doors_->catalog());
  session->self_ = std::make_shared<LiveSession*>(session.get());
  session->StartWriter(std::move(options.on_fatal));
  session->StartEngine(std::move(options.engine), random);
  session->api_ = {std::move(options.identity), session->env_.get(),  session->doors_.get(),
                   session->writer_.get(),      session->feed_.get(), &session->board_};
  session->engine_->Start();
  return session;
}

LiveSession::~LiveSession() = default;

absl::Status LiveSession::OpenDoors(SessionOptions* options, base::Random& random) {
  ASSIGN_OR_RETURN(const store::Place here, store::PlaceOf(*env_, options->machine_id));
  ASSIGN_OR_RETURN(doors_, doors::Doors::Open(env_.get(), std::move(options->rules), &clock_,
                                              &random, here, std::move(options->operations)));
  if (const auto& copied = doors_->copied()) {
    base::Log(base::LogLevel::kWarning, "session",
              "the state was copied here from elsewhere: it goes on as a new device",
              {{"device", doors_->device_id()},
               {"former_device", copied->former_device},
               {"new_mutation_ids", copied->rekeyed},
               {"kept_mutation_ids", copied->kept}});
  }
  return absl::OkStatus();
}

void LiveSession::StartWriter(absl::AnyInvocable<void(const absl::Status&)> on_fatal) {
  doors::WriterSinks sinks;
  sinks.on_commit = [this](const auto& notice) { feed_->Publish(notice); };
  sinks.on_answered = [this, self = std::weak_ptr(self_)](auto notice) {
    loop_.Post([self, notice = std::move(notice)] {
      const auto alive = self.lock();
      if (alive != nullptr && (*alive)->engine_ != nullptr) (*alive)->engine_->OnCommitted(*notice);
    });
  };
  sinks.on_fatal = std::move(on_fatal);
  writer_ = std::make_unique<doors::Writer>(doors_.get(), env_.get(), std::move(sinks));
}

void LiveSession::StartEngine(sync::EngineOptions options, base::Random& random) {
  timer_ = std::make_unique<loop::Timer>(loop_);
  quiet_ = std::make_unique<loop::Timer>(loop_);
  sync::EnginePorts ports;
  ports.clock = &clock_;
  ports.random = &random;
  ports.env = env_.get();
  ports.catalog = &doors_->catalog();
  ports.rules = &doors_->rules();
  ports.upstream = upstream_.get();
  ports.merge = this;
  ports.board = &board_;
  ports.arm = [this](std::optional<base::MonoTime> at) { Arm(at); };
  engine_ = std::make_unique<sync::Engine>(std::move(options), std::move(ports));
}

void LiveSession::Arm(std::optional<base::MonoTime> at) {
  quiet_->Start(kQuiet, GiveMemoryBack);
  if (!at.has_value()) {
    timer_->Cancel();
    return;
  }
  const base::Millis delay = std::max(*at - clock_.Mono(), base::Millis(0));
  timer_->Start(delay, [this] { engine_->Turn(); });
}

void LiveSession::Merge(doors::MergeRequest request, absl::AnyInvocable<void(doors::Answer)> done) {
  writer_->Submit(std::move(request), [this, done = std::move(done)](doors::Answer answer) mutable {
    loop_.Post([done = std::move(done), answer = std::move(answer)]() mutable {
      done(std::move(answer));
    });
  });
}

void LiveSession::Stop() {
  self_.reset();
  timer_.reset();
  quiet_.reset();
  engine_.reset();
  upstream_.reset();
  writer_->Stop();
}

}  // namespace tideover
