#include <stdio.h>
#include <cmath>
#include <cstring>
#include <exception>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>
namespace OURS {
namespace {
struct Failing_ {
  const char *said_;
  template <class T> const Failing_ &operator<<(const T &) const { return *this; }
  ~Failing_() { fputs(said_, stderr); assert(false); }
};
std::set<std::string> done_;
std::string path_;
bool taken_ = false, left_ = false;
// a section is entered unless it was finished before, or another was in this round: then there is to be one more
struct Section_ {
  bool in_, outer_ = false;
  std::string before_;
  explicit Section_(const std::string &name) : in_(false), before_(path_) {
    const std::string whole = path_ + "\n" + name;
    if (done_.count(whole)) return;
    if (taken_) {
      left_ = true;
      return;
    }
    in_ = true;
    outer_ = left_;
    left_ = false;
    path_ = whole;
  }
  ~Section_() {
    if (!in_) return;
    if (!left_) done_.insert(path_);
    left_ = left_ || outer_;
    taken_ = true;
    path_ = before_;
  }
  operator bool() const { return in_; }
};
std::vector<void (*)()> &cases_() {
  static std::vector<void (*)()> all_;
  return all_;
}
struct Entered_ {
  explicit Entered_(void (*body)()) { cases_().push_back(body); }
};
void run_cases_() {
  assert(!cases_().empty());
  for (auto body : cases_()) {
    do {
      taken_ = left_ = false;
      body();
    } while (left_);
    done_.clear();
  }
}
inline bool near_(double a, double b, double by) { return a == b || std::fabs(a - b) <= by; }
inline bool close_(double a, double b, double by) { return near_(a, b, by * std::fmax(std::fabs(a), std::fabs(b))); }
}  // namespace
struct Approx {
  double value_, relative_ = 1.2e-5, absolute_ = 0;
  explicit Approx(double value) : value_(value) {}
  Approx &epsilon(double by) { return relative_ = by, *this; }
  Approx &margin(double by) { return absolute_ = by, *this; }
  bool is_(double other) const { return near_(value_, other, std::fmax(absolute_, relative_ * std::fabs(value_))); }
  friend bool operator==(double other, const Approx &self) { return self.is_(other); }
  friend bool operator==(const Approx &self, double other) { return self.is_(other); }
  friend bool operator!=(double other, const Approx &self) { return !self.is_(other); }
};
struct Test {
  virtual ~Test() {}
  static void SetUpTestSuite() {}
  virtual void SetUp() {}
  virtual void TearDown() {}
};
}  // namespace OURS
namespace Catch = OURS;
namespace doctest = OURS;
namespace testing = OURS;
#define JOIN__(a, b) a##b
#define JOIN_(a, b) JOIN__(a, b)
#define CASE_(name) static void name(); static const OURS::Entered_ JOIN_(entered_, name)(name); static void name()
#define TEST_CASE(...) CASE_(JOIN_(case_, __LINE__))
#define SCENARIO(...) TEST_CASE()
#define TEST(suite, name) CASE_(suite##_##name##_)
#define TEST_F(fixture, name) \
  struct fixture##_##name##_ : fixture { void body_(); void run_() { this->SetUp(); body_(); this->TearDown(); } }; \
  CASE_(run_##fixture##_##name##_) { fixture##_##name##_ made_; made_.run_(); } \
  void fixture##_##name##_::body_()
#define JUDGED_(right, said) switch (0) case 0: default: if (right) {} else OURS::Failing_{"assertion failed: " said "\n"}
#define THROWS_(what, caught) { bool thrown_ = false; try { (void) (what); } catch (caught) { thrown_ = true; } assert(thrown_ && #what); }
#define REQUIRE(...) JUDGED_((__VA_ARGS__), #__VA_ARGS__)
#define REQUIRE_FALSE(...) JUDGED_(!(__VA_ARGS__), "not " #__VA_ARGS__)
#define REQUIRE_THROWS(...) THROWS_((__VA_ARGS__), ...)
#define REQUIRE_THROWS_AS(what, type) THROWS_(what, const type &)
#define REQUIRE_THROWS_WITH(what, text) \
  { std::string told_; try { (void) (what); } catch (const std::exception &e_) { told_ = e_.what(); } assert(told_ == (text)); }
#define REQUIRE_NOTHROW(...) { __VA_ARGS__; }
#define CHECK(...) REQUIRE(__VA_ARGS__)
#define CHECK_FALSE(...) REQUIRE_FALSE(__VA_ARGS__)
#define CHECK_THROWS(...) REQUIRE_THROWS(__VA_ARGS__)
#define CHECK_THROWS_AS(what, type) REQUIRE_THROWS_AS(what, type)
#define CHECK_THROWS_WITH(what, text) REQUIRE_THROWS_WITH(what, text)
#define CHECK_NOTHROW(...) REQUIRE_NOTHROW(__VA_ARGS__)
#define CHECK_EQ(a, b) REQUIRE((a) == (b))
#define CHECK_NE(a, b) REQUIRE((a) != (b))
#define REQUIRE_EQ(a, b) REQUIRE((a) == (b))
#define REQUIRE_NE(a, b) REQUIRE((a) != (b))
#define SECTION(...) if (OURS::Section_ in_{std::string{__VA_ARGS__}})
#define SUBCASE(name) SECTION(name)
#define GIVEN(name) SECTION(name)
#define WHEN(name) SECTION(name)
#define THEN(name) SECTION(name)
#define AND_WHEN(name) SECTION(name)
#define AND_THEN(name) SECTION(name)
#define INFO(...)
#define CAPTURE(...)
#define SUCCEED(...) JUDGED_(true, "")
#define FAIL(...) JUDGED_(false, "FAIL")
#define ADD_FAILURE() FAIL()
#define EXPECT_TRUE(right) JUDGED_(static_cast<bool>(right), #right)
#define EXPECT_FALSE(wrong) JUDGED_(!static_cast<bool>(wrong), "not " #wrong)
#define EXPECT_EQ(a, b) JUDGED_((a) == (b), #a " == " #b)
#define EXPECT_NE(a, b) JUDGED_((a) != (b), #a " != " #b)
#define EXPECT_LT(a, b) JUDGED_((a) < (b), #a " < " #b)
#define EXPECT_LE(a, b) JUDGED_((a) <= (b), #a " <= " #b)
#define EXPECT_GT(a, b) JUDGED_((a) > (b), #a " > " #b)
#define EXPECT_GE(a, b) JUDGED_((a) >= (b), #a " >= " #b)
#define EXPECT_NEAR(a, b, by) JUDGED_(OURS::near_((a), (b), (by)), #a " near " #b)
#define EXPECT_DOUBLE_EQ(a, b) JUDGED_(OURS::close_((a), (b), 1e-15), #a " == " #b)
#define EXPECT_FLOAT_EQ(a, b) JUDGED_(OURS::close_((a), (b), 5e-7), #a " == " #b)
#define EXPECT_STREQ(a, b) JUDGED_(std::string(a) == std::string(b), #a " == " #b)
#define EXPECT_STRNE(a, b) JUDGED_(std::string(a) != std::string(b), #a " != " #b)
#define EXPECT_THROW(what, type) { bool thrown_ = false; try { what; } catch (const type &) { thrown_ = true; } assert(thrown_ && #what); }
#define EXPECT_ANY_THROW(what) { bool thrown_ = false; try { what; } catch (...) { thrown_ = true; } assert(thrown_ && #what); }
#define EXPECT_NO_THROW(what) { what; }
#define ASSERT_TRUE(right) EXPECT_TRUE(right)
#define ASSERT_FALSE(wrong) EXPECT_FALSE(wrong)
#define ASSERT_EQ(a, b) EXPECT_EQ(a, b)
#define ASSERT_NE(a, b) EXPECT_NE(a, b)
#define ASSERT_LT(a, b) EXPECT_LT(a, b)
#define ASSERT_LE(a, b) EXPECT_LE(a, b)
#define ASSERT_GT(a, b) EXPECT_GT(a, b)
#define ASSERT_GE(a, b) EXPECT_GE(a, b)
#define ASSERT_NEAR(a, b, by) EXPECT_NEAR(a, b, by)
#define ASSERT_DOUBLE_EQ(a, b) EXPECT_DOUBLE_EQ(a, b)
#define ASSERT_FLOAT_EQ(a, b) EXPECT_FLOAT_EQ(a, b)
#define ASSERT_STREQ(a, b) EXPECT_STREQ(a, b)
#define ASSERT_STRNE(a, b) EXPECT_STRNE(a, b)
#define ASSERT_THROW(what, type) EXPECT_THROW(what, type)
#define ASSERT_ANY_THROW(what) EXPECT_ANY_THROW(what)
#define ASSERT_NO_THROW(what) EXPECT_NO_THROW(what)
