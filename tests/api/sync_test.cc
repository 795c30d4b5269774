#include "api/api_fixture.h"

namespace tideover::api {
namespace {

class Invalidate : public ApiFixture {
 protected:
  // The names, or why not.
  std::string Call(const std::vector<std::string>& collections) {
    v1::InvalidateRequest request;
    for (const std::string& name : collections) request.add_collections(name);
    v1::InvalidateResponse response;
    const grpc::Status status = stubs_->sync->Invalidate(Context().get(), request, &response);
    if (!status.ok()) return ReasonOf(status);
    std::string names;
    for (const std::string& name : response.collections()) {
      names += (names.empty() ? "" : " ") + name;
    }
    return names;
  }
  bool IsStale(const std::string& collection) {
    v1::QueryRequest request;
    request.set_collection(collection);
    v1::QueryResponse response;
    EXPECT_TRUE(stubs_->data->Query(Context().get(), request, &response).ok());
    return response.stale();
  }
  // As the engine applies an empty list.
  void List(const std::string& collection) {
    doors::List list;
    list.collection = *store_->doors->catalog().IdOf(collection);
    list.asked_wall = store_->clock.Wall();
    store_->Merge({list});
    store_->board.Update([&](sync::EngineStatus& status) {
      status.collections[collection].stale_time = base::Millis(1'000'000);
      status.collections[collection].invalidated = false;
    });
  }
};

TEST_F(Invalidate, MakesTheNextReadStaleAndHasItFetched) {
  List("notes");
  EXPECT_FALSE(IsStale("notes"));
  const size_t touched = source_.engine_.touched().size();
  EXPECT_EQ(Call({"notes"}), "notes");
  EXPECT_EQ(source_.engine_.invalidated(), std::vector<std::string>{"notes"});
  EXPECT_TRUE(source_.engine_.synced().empty());  // Nobody watches.
  EXPECT_TRUE(IsStale("notes"));
  EXPECT_EQ(source_.engine_.touched().size(), touched + 1);
}

TEST_F(Invalidate, RefetchesAtOnceWhatIsWatched) {
  v1::WatchRequest request;
  request.set_collection("notes");
  const auto context = Context();
  auto stream = stubs_->data->Watch(context.get(), request);
  v1::WatchResponse message;
  ASSERT_TRUE(stream->Read(&message));
  EXPECT_EQ(Call({"notes", "todos"}), "notes todos");
  EXPECT_EQ(source_.engine_.synced(), std::vector<std::string>{"notes"});
  context->TryCancel();
  stream->Finish();
}

TEST_F(Invalidate, TakesAllWhenNoneIsNamed) { EXPECT_EQ(Call({}), "fixed notes shared todos"); }

TEST_F(Invalidate, RefusesAnUnknownCollectionAndAnybodyWhoIsNotSignedIn) {
  EXPECT_EQ(Call({"note"}), "COLLECTION_UNKNOWN");
  ChangeSession(nullptr);
  EXPECT_EQ(Call({"notes"}), "NOT_SIGNED_IN");
}

class Status : public ApiFixture {
 protected:
  v1::DaemonStatus Get() {
    v1::GetStatusResponse response;
    EXPECT_TRUE(stubs_->sync->GetStatus(Context().get(), {}, &response).ok());
    return response.status();
  }
  void Set(const std::string& collection, sync::LiveState live, const std::string& error = "") {
    store_->board.Update([&](sync::EngineStatus& status) {
      sync::CollectionStatus& entry = status.collections[collection];
      entry.tells = true;
      entry.live = live;
      entry.live_error = error;
    });
  }
  static const v1::CollectionStatus& Of(const v1::DaemonStatus& status, const std::string& name) {
    for (const auto& collection : status.collections()) {
      if (collection.collection() == name) return collection;
    }
    static const v1::CollectionStatus kNone;
    return kNone;
  }
};

TEST_F(Status, TellsWhatTheBackendTellsByItself) {
  store_->board.Update([](sync::EngineStatus& status) { status.collections["shared"]; });
  EXPECT_FALSE(Get().backend().subscribed());
  Set("notes", sync::LiveState::kLive);
  Set("todos", sync::LiveState::kNone, "closed");
  v1::DaemonStatus status = Get();
  EXPECT_FALSE(status.backend().subscribed());
  EXPECT_EQ(Of(status, "notes").live(), v1::LIVE_STATE_ESTABLISHED);
  EXPECT_EQ(Of(status, "todos").live(), v1::LIVE_STATE_DOWN);
  EXPECT_EQ(Of(status, "todos").live_error(), "closed");
  EXPECT_EQ(Of(status, "shared").live(), v1::LIVE_STATE_UNSPECIFIED);
  Set("todos", sync::LiveState::kOpening);
  EXPECT_EQ(Of(Get(), "todos").live(), v1::LIVE_STATE_OPENING);
  Set("todos", sync::LiveState::kLive);
  EXPECT_TRUE(Get().backend().subscribed());
}

}  // namespace
}  // namespace tideover::api
