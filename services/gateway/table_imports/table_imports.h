// Uploads of tables and their imports, put together.
#ifndef BELLWETHER_SERVICES_GATEWAY_TABLE_IMPORTS_TABLE_IMPORTS_H_
#define BELLWETHER_SERVICES_GATEWAY_TABLE_IMPORTS_TABLE_IMPORTS_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/currency/currency_source.h"
#include "common/hosting/ports.h"
#include "common/rpc/method_table.h"
#include "services/gateway/table_imports/import_runner.h"
#include "services/gateway/table_imports/sql_table_imports.h"
#include "services/gateway/table_imports/table_import_commands.h"
#include "services/gateway/table_imports/table_import_queries.h"
#include "services/gateway/table_imports/upload_folder.h"

namespace bellwether::gateway {

// Create, Start, Stop: in this order, from one thread.
class TableImports {
 public:
  // `folder` empty: none are kept. `target` names this server once it runs. FAILED_PRECONDITION /
  // UPLOADS_NOT_WRITABLE, UPLOADS_IN_USE. What it is given outlives it.
  static absl::StatusOr<std::unique_ptr<TableImports>> Create(const std::string& folder,
                                                              std::function<std::string()> target,
                                                              const hosting::Ports& ports,
                                                              const CurrencySource& currencies);

  // Of TableImportsService.
  rpc::MethodTable Methods();
  absl::Status Start();
  void Stop();

 private:
  TableImports(std::unique_ptr<UploadFolder> uploads, std::function<std::string()> target,
               const hosting::Ports& ports, const CurrencySource& currencies);

  const hosting::Ports ports_;
  const std::unique_ptr<UploadFolder> uploads_;  // null: none are kept
  SqlTableImports rows_;
  const std::unique_ptr<ImportRunner> runner_;  // null without uploads
  TableImportCommands commands_;
  TableImportQueries queries_;
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_TABLE_IMPORTS_TABLE_IMPORTS_H_
