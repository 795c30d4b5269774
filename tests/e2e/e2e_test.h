// E2eTest: the fixture of the end-to-end tests: the backend of the test binary, emptied before each
// test, and a daemon with a state directory of its own. Resources of the test. The real binaries
// run; nothing in them knows that it is tested.
#ifndef TIDEOVER_TESTS_E2E_E2E_TEST_H_
#define TIDEOVER_TESTS_E2E_E2E_TEST_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "e2e/app.h"
#include "e2e/backend.h"
#include "e2e/daemon_run.h"
#include "support/eventually.h"

namespace tideover::e2e {

using support::Eventually;

class E2eTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { Backend::Shared(); }

  void SetUp() override {
    ASSERT_FALSE(backend().ready().control_url.empty());
    backend().Reset();
  }

  void TearDown() override {
    if (HasFailure() && daemon_ != nullptr && daemon_->started()) {
      ADD_FAILURE() << "what the daemon said:\n" << daemon_->process().err();
    }
  }

  Backend& backend() { return Backend::Shared(); }

  // Makes the daemon without starting it.
  DaemonRun& MakeDaemon(const Settings& settings = {}) {
    daemon_ = std::make_unique<DaemonRun>(backend().ready(), settings);
    return *daemon_;
  }
  // Makes it, and it serves.
  DaemonRun& StartDaemon(const Settings& settings = {}) {
    MakeDaemon(settings).Start();
    return *daemon_;
  }

  DaemonRun& daemon() { return *daemon_; }
  App& app() { return daemon_->app(); }

  // Waits until exactly these, in any order, are at the backend / in the view.
  void ExpectAtBackend(std::vector<std::string> contents) {
    std::sort(contents.begin(), contents.end());
    Eventually([&] { return backend().Contents() == contents; });
    EXPECT_EQ(backend().Contents(), contents);
  }
  void ExpectInView(std::vector<std::string> contents) {
    std::sort(contents.begin(), contents.end());
    Eventually([&] { return app().Contents() == contents; });
    EXPECT_EQ(app().Contents(), contents);
  }

 private:
  std::unique_ptr<DaemonRun> daemon_;
};

}  // namespace tideover::e2e

#endif  // TIDEOVER_TESTS_E2E_E2E_TEST_H_
