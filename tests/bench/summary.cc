#include "bench/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace tideover::bench {

double Quantile(std::vector<double> values, double quantile) {
  if (values.empty()) return 0;
  const auto at = std::min(values.size() - 1,
                           static_cast<size_t>(quantile * static_cast<double>(values.size())));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return values[at];
}

double Median(std::vector<double> values) { return Quantile(std::move(values), 0.5); }

double Rounds::Ratio() const {
  std::vector<double> ratios;
  for (size_t i = 0; i < std::min(limit.size(), ours.size()); ++i) {
    if (limit[i] > 0) ratios.push_back(ours[i] / limit[i]);
  }
  return Median(std::move(ratios));
}

void Compare(const Rounds& rounds, Figure* figure) {
  figure->limit = Median(rounds.limit);
  figure->ours = Median(rounds.ours);
  figure->ratio = rounds.Ratio();
}

json::Value Number(double value) {
  if (value >= 1000) return json::Value::Number(fmt::format("{:.0f}", value));
  if (value >= 10) return json::Value::Number(fmt::format("{:.1f}", value));
  return json::Value::Number(fmt::format("{:.3f}", value));
}

json::Value Numbers(const std::vector<double>& values) {
  json::Value list = json::Value::Array();
  for (const double value : values) list.elements().push_back(Number(value));
  return list;
}

bool IsMet(const Figure& figure) {
  const double value = figure.ratio.value_or(figure.ours);
  return figure.better == Better::kLower ? value <= figure.target : value >= figure.target;
}

void Print(const Figure& figure) {
  json::Value line = json::Value::Object();
  line.Set("figure", json::Value::String(figure.name));
  line.Set("case", json::Value::String(figure.situation));
  line.Set("limit", figure.limit.has_value() ? Number(*figure.limit) : json::Value());
  line.Set("ours", Number(figure.ours));
  line.Set("ratio", figure.ratio.has_value() ? Number(*figure.ratio) : json::Value());
  line.Set("target", Number(figure.target));
  line.Set("unit", json::Value::String(figure.unit));
  line.Set("met", json::Value::Bool(IsMet(figure)));
  line.Set("detail", figure.detail);
  std::printf("%s\n", json::Write(line).c_str());
  std::fflush(stdout);
}

void Say(std::string_view line) {
  std::fprintf(stderr, "bench: %.*s\n", static_cast<int>(line.size()), line.data());
}

}  // namespace tideover::bench
