// The words names are made of, in Chinese and English. Companies and people are invented; a
// likeness to real ones is chance.
#ifndef BELLWETHER_SERVICES_SIMULATOR_DOMAIN_NAMES_H_
#define BELLWETHER_SERVICES_SIMULATOR_DOMAIN_NAMES_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace bellwether::simulator {

struct Word {
  absl::string_view zh;
  absl::string_view en;
};

struct City {
  Word name;
  absl::string_view region;
};

struct Trade {
  absl::string_view industry;
  Word noun;
  bool has_devices;
};

// The first and second syllable of a company's name.
absl::Span<const Word> FirstSyllables();
absl::Span<const Word> SecondSyllables();
absl::Span<const City> Cities();
absl::Span<const Trade> Trades();
absl::Span<const absl::string_view> AccountManagers();
absl::Span<const absl::string_view> SolutionExperts();
absl::Span<const absl::string_view> SuccessManagers();
absl::Span<const absl::string_view> Competitors();
absl::Span<const absl::string_view> CompetitorMoves();
absl::Span<const absl::string_view> Products();
absl::Span<const absl::string_view> CaseTopics();

}  // namespace bellwether::simulator

#endif  // BELLWETHER_SERVICES_SIMULATOR_DOMAIN_NAMES_H_
