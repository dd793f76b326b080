// The guesses of services/imports as messages of the API.
#ifndef BELLWETHER_SERVICES_GATEWAY_TABLE_IMPORTS_MAPPING_GUESS_H_
#define BELLWETHER_SERVICES_GATEWAY_TABLE_IMPORTS_MAPPING_GUESS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bellwether/imports/v1/imports_service.pb.h"
#include "services/imports/domain/mapping_draft.h"

namespace bellwether::gateway {

// What the files of the folder are taken for, and the mapping proposed. FAILED_PRECONDITION /
// NO_TABLES without a file.
absl::StatusOr<imports::v1::GuessMappingResponse> GuessFolder(
    const std::string& folder, const std::vector<std::string>& file_names,
    const imports::DraftOptions& options);

// The shipped mappings by name, with their texts.
std::vector<imports::v1::ShippedMapping> DescribeShippedMappings();

// Each line "file:line:column: field: message" of what a mapping was refused with.
std::vector<imports::v1::MappingFault> FaultsOf(const absl::Status& refusal);

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_TABLE_IMPORTS_MAPPING_GUESS_H_
