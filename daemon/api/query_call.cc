#include "api/query_call.h"

#include <algorithm>
#include <utility>

#include "api/convert.h"
#include "api/failure.h"
#include "api/limits.h"
#include "base/status_macros.h"
#include "cache/checkpoint.h"
#include "log/mutation_log.h"
#include "view/query.h"

namespace tideover::api {
namespace {

using Call = UnaryCall<v1::QueryResponse>;

class QueryTask : public std::enable_shared_from_this<QueryTask> {
 public:
  QueryTask(std::shared_ptr<WorkerPool> pool, const base::Clock* clock,
            std::shared_ptr<const Session> session, const Collection& collection,
            std::unique_ptr<view::Query> query, std::shared_ptr<Call> call)
      : pool_(std::move(pool)),
        clock_(clock),
        session_(std::move(session)),
        collection_(collection),
        query_(std::move(query)),
        call_(std::move(call)) {}

  void set_stale(bool stale) { response_.set_stale(stale); }
  void count_total() { counts_total_ = true; }

  void Post() {
    pool_->Post([self = shared_from_this()] { self->Run(); });
  }

 private:
  void Run() {
    if (call_->finished()) return;  // The caller gave up.
    const absl::StatusOr<bool> done = Slice();
    if (!done.ok()) {
      call_->Fail(Fail(done.status()));
    } else if (*done) {
      call_->Answer(std::move(response_));
    } else {
      Post();
    }
  }

  absl::StatusOr<bool> Slice() {
    ASSIGN_OR_RETURN(const store::ReadTxn txn, session_->env->BeginRead());
    const store::Reader& reader = txn.reader();
    ASSIGN_OR_RETURN(const bool done,
                     query_->Step(reader, *clock_,
                                  [&](std::string_view id,
                                      const cache::DocumentRef& record) -> absl::StatusOr<bool> {
                                    RETURN_IF_ERROR(FillDocument(reader, collection_, id, record,
                                                                 response_.add_documents()));
                                    bytes_ += record.view->size();
                                    return bytes_ < kMessageFillBytes;
                                  }));
    if (!done) return false;
    response_.set_next_page_token(query_->next_page_token());
    if (counts_total_) response_.set_total_size(query_->total());
    ASSIGN_OR_RETURN(const auto checkpoint, cache::ReadCheckpoint(reader, collection_.id));
    if (checkpoint.last_full_sync_wall_ms() != 0) {
      SetTime(checkpoint.last_full_sync_wall_ms(), response_.mutable_fetched_at());
    }
    ASSIGN_OR_RETURN(const log::Counters counters, log::ReadCounters(reader));
    response_.set_read_revision(counters.last_commit());
    return true;
  }

  const std::shared_ptr<WorkerPool> pool_;
  const base::Clock* const clock_;
  const std::shared_ptr<const Session> session_;
  const Collection collection_;
  const std::unique_ptr<view::Query> query_;
  const std::shared_ptr<Call> call_;
  bool counts_total_ = false;
  v1::QueryResponse response_;
  size_t bytes_ = 0;
};

grpc::Status Refuse(const absl::Status& status, view::QueryFault fault) {
  switch (fault) {
    case view::QueryFault::kFilter:
      return FailFilter(status);
    case view::QueryFault::kOrderBy:
      return FailField("order_by", std::string(status.message()),
                       v1::ERROR_REASON_INVALID_ORDER_BY);
    case view::QueryFault::kPageToken:
      return FailField("page_token", std::string(status.message()),
                       v1::ERROR_REASON_INVALID_PAGE_TOKEN);
  }
  return Fail(status);
}

view::QuerySpec SpecOf(const v1::QueryRequest& request, const Collection& collection) {
  view::QuerySpec spec;
  spec.collection_name = *collection.name;
  spec.collection = collection.id;
  spec.id_field = collection.rules->id_field;
  spec.filter = request.filter();
  spec.order_by = request.order_by();
  spec.page_size = request.page_size() == 0
                       ? view::kPageSizeDefault
                       : std::min(static_cast<size_t>(request.page_size()), view::kPageSizeMax);
  spec.page_token = request.page_token();
  spec.count_total = request.count_total();
  return spec;
}

}  // namespace

void StartQuery(const Shared& shared, std::shared_ptr<const Session> session,
                const Collection& collection, const ReadPlan& plan, const v1::QueryRequest& request,
                std::shared_ptr<Call> call) {
  if (request.page_size() < 0) {
    call->Fail(FailField("page_size", "the page_size is negative"));
    return;
  }
  view::QueryFault fault{};
  auto query = view::Query::Start(SpecOf(request, collection), &fault);
  if (!query.ok()) {
    call->Fail(Refuse(query.status(), fault));
    return;
  }
  const auto task = std::make_shared<QueryTask>(shared.pool, shared.clock, std::move(session),
                                                collection, *std::move(query), std::move(call));
  if (request.count_total()) task->count_total();
  task->set_stale(plan.stale);
  if (!plan.fetch_first && !plan.fetch_if_missing) {
    task->Post();
    return;
  }
  FetchThen(shared, *collection.name, [task](bool fetched) {
    task->set_stale(!fetched);
    task->Post();
  });
}

}  // namespace tideover::api
