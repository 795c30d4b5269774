#include "api/settle_waiters.h"

#include <utility>

#include "log/mutation_log.h"
#include "sync/status_board.h"

namespace tideover::api {
namespace {

// Whether there is nothing to wait for any more. A mutation that cannot be read is none.
bool IsOver(const Session& session, const store::Reader& reader, uint64_t seq) {
  const auto entry = log::Find(reader, seq);
  if (!entry.ok() || !entry->has_value()) return true;
  if ((*entry)->push().hold() == log::PushState::VERIFY) return false;
  return session.board->StateOf(seq, (*entry)->mutation().collection(), (*entry)->push()).state ==
         sync::MutationState::kHeld;
}

}  // namespace

uint64_t SettleWaiters::Add(std::shared_ptr<const Session> session, std::vector<uint64_t> seqs,
                            absl::AnyInvocable<void()> done) {
  Released released;
  uint64_t id = 0;
  {
    const std::lock_guard lock(mutex_);
    if (subscription_ == nullptr) {
      subscription_ = session->feed->Subscribe([weak = weak_from_this(), pool = pool_] {
        pool->Post([weak] {
          if (const auto self = weak.lock()) self->Drain();
        });
      });
    }
    id = ++last_waiter_;
    Waiter& waiter = waiters_[id];
    waiter.session = std::move(session);
    waiter.done = std::move(done);
    waiter.open.insert(seqs.begin(), seqs.end());
    for (const uint64_t seq : seqs) by_seq_[seq].insert(id);
    // What settled before the subscription is found here; what settles from now on, by it.
    auto txn = waiter.session->env->BeginRead();
    const Session& held = *waiter.session;
    for (const uint64_t seq : seqs) {
      if (!txn.ok() || IsOver(held, txn->reader(), seq)) Resolve(seq, &released);
    }
  }
  for (Waiter& waiter : released) waiter.done();
  return id;
}

void SettleWaiters::Remove(uint64_t waiter) {
  Released dropped;  // Destroyed outside the lock.
  const std::lock_guard lock(mutex_);
  if (const auto it = waiters_.find(waiter); it != waiters_.end()) Erase(it, &dropped);
}

void SettleWaiters::ReleaseAll() {
  Released released;
  {
    const std::lock_guard lock(mutex_);
    while (!waiters_.empty()) Erase(waiters_.begin(), &released);
  }
  for (Waiter& waiter : released) waiter.done();
}

void SettleWaiters::Drain() {
  Released released;
  {
    const std::lock_guard lock(mutex_);
    if (subscription_ == nullptr) return;
    const view::FeedBatch batch = subscription_->Take();
    if (batch.overflow) CheckAll(&released);
    for (const view::Moved& moved : batch.settled) Resolve(moved.seq, &released);
    for (const view::Moved& moved : batch.holds) {
      if (moved.hold == log::PushState::NONE || moved.hold == log::PushState::VERIFY) continue;
      Resolve(moved.seq, &released);
    }
  }
  for (Waiter& waiter : released) waiter.done();
}

void SettleWaiters::Resolve(uint64_t seq, Released* released) {
  const auto found = by_seq_.find(seq);
  if (found == by_seq_.end()) return;
  const std::set<uint64_t> ids = std::move(found->second);
  by_seq_.erase(found);
  for (const uint64_t id : ids) {
    const auto it = waiters_.find(id);
    if (it == waiters_.end()) continue;
    it->second.open.erase(seq);
    if (it->second.open.empty()) Erase(it, released);
  }
}

void SettleWaiters::CheckAll(Released* released) {
  std::vector<uint64_t> over;
  for (const auto& [seq, ids] : by_seq_) {
    const Session& session = *waiters_.at(*ids.begin()).session;
    auto txn = session.env->BeginRead();
    if (!txn.ok() || IsOver(session, txn->reader(), seq)) over.push_back(seq);
  }
  for (const uint64_t seq : over) Resolve(seq, released);
}

void SettleWaiters::Erase(std::map<uint64_t, Waiter>::iterator it, Released* released) {
  for (const uint64_t seq : it->second.open) {
    const auto found = by_seq_.find(seq);
    if (found == by_seq_.end()) continue;
    found->second.erase(it->first);
    if (found->second.empty()) by_seq_.erase(found);
  }
  // The subscription ends while its session is still held by the waiter.
  if (waiters_.size() == 1) subscription_.reset();
  released->push_back(std::move(it->second));
  waiters_.erase(it);
}

}  // namespace tideover::api
