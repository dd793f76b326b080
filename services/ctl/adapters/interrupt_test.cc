#include "services/ctl/adapters/interrupt.h"

#include <unistd.h>

#include <cstdio>

#include "gtest/gtest.h"

namespace bellwether::ctl::interrupt_test {
namespace {

[[noreturn]] void DieOf(int number) {
  const OnInterrupt on_interrupt([] { std::fputs("run ended\n", stderr); });
  kill(getpid(), number);
  while (true) pause();
}

TEST(OnInterrupt, DoesTheLastThingAndDiesOfItsSignal) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  for (const int number : {SIGINT, SIGTERM}) {
    EXPECT_EXIT(DieOf(number), testing::KilledBySignal(number), "run ended");
  }
}

TEST(OnInterrupt, OfACommandThatEndsByItselfLeavesNothingBehind) {
  bool called = false;
  {
    const OnInterrupt on_interrupt([&] { called = true; });
  }
  EXPECT_FALSE(called);
  sigset_t mask;
  pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  EXPECT_EQ(sigismember(&mask, SIGINT), 0);
}

}  // namespace
}  // namespace bellwether::ctl::interrupt_test
