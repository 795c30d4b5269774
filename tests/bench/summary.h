// Figures: what the bench prints, and the arithmetic behind it. Values and pure functions.
//
// Every figure is a line of JSON on stdout:
//   {"figure":"F1","case":"1 outstanding","limit":…,"ours":…,"ratio":…,"target":…,"unit":"us",
//    "met":true,"detail":{…}}
// Where limit and ours were measured in alternating rounds, each is the median of its rounds, and
// the ratio is the median of the rounds' own ratios: what disturbs the machine disturbs both sides
// of a round alike.
#ifndef TIDEOVER_TESTS_BENCH_SUMMARY_H_
#define TIDEOVER_TESTS_BENCH_SUMMARY_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace tideover::bench {

// 0 for no values. `quantile` from 0 to 1.
double Quantile(std::vector<double> values, double quantile);
double Median(std::vector<double> values);

// Which side of the target is good.
enum class Better { kLower, kHigher };

struct Figure {
  std::string name;       // "F1"
  std::string situation;  // "1 outstanding"
  std::string unit;
  std::optional<double> limit;  // None: the target is absolute.
  double ours = 0;
  std::optional<double> ratio;
  // Of the ratio, or of ours where there is no ratio.
  double target = 0;
  Better better = Better::kHigher;
  json::Value detail = json::Value::Object();
};

// The same quantity of both sides, one value per round.
struct Rounds {
  std::vector<double> limit;
  std::vector<double> ours;
  double Ratio() const;
};

// Sets limit, ours and ratio.
void Compare(const Rounds& rounds, Figure* figure);

// With the digits that a measurement deserves.
json::Value Number(double value);
json::Value Numbers(const std::vector<double>& values);

bool IsMet(const Figure& figure);
void Print(const Figure& figure);
// One line on stderr for people who wait.
void Say(std::string_view line);

}  // namespace tideover::bench

#endif  // TIDEOVER_TESTS_BENCH_SUMMARY_H_
