// Where the tables of a mapping come from.
#ifndef BELLWETHER_SERVICES_IMPORTS_APPLICATION_TABLES_H_
#define BELLWETHER_SERVICES_IMPORTS_APPLICATION_TABLES_H_

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/imports/application/mapping.h"
#include "services/imports/domain/delimited_text.h"
#include "services/imports/domain/row_source.h"

namespace bellwether::imports {

// One table, open: rows are read once, from its beginning.
class OpenedTable {
 public:
  virtual ~OpenedTable() = default;
  virtual RowSource& rows() = 0;
  // "GB18030"; empty for UTF-8.
  virtual std::string encoding() const { return ""; }
};

class Tables {
 public:
  virtual ~Tables() = default;
  // Names of the tables of a file of the mapping, in order; one, unless its path is a pattern.
  // NOT_FOUND / FILE_NOT_FOUND where there is none and the file is not optional.
  virtual absl::StatusOr<std::vector<std::string>> PathsOf(const CompiledFile& file) const = 0;
  virtual absl::StatusOr<std::unique_ptr<OpenedTable>> Open(const CompiledFile& file,
                                                            const std::string& path) const = 0;
};

inline absl::Status FileNotFound(const std::string& path) {
  return Error(absl::StatusCode::kNotFound, {"FILE_NOT_FOUND", path, ""},
               absl::StrCat("no file ", path));
}

// Texts in memory, by file_id: for tests. More than one text of a file makes tables of their own.
class TextTables : public Tables {
 public:
  using Texts = std::map<std::string, std::vector<std::string>>;

  explicit TextTables(Texts texts) : texts_(std::move(texts)) {}

  absl::StatusOr<std::vector<std::string>> PathsOf(const CompiledFile& file) const override {
    const auto found = texts_.find(file.spec->file_id());
    if (found == texts_.end()) {
      if (file.spec->optional()) return std::vector<std::string>();
      return FileNotFound(file.spec->path());
    }
    if (found->second.size() == 1) return std::vector<std::string>{file.spec->path()};
    std::vector<std::string> paths;
    for (size_t i = 1; i <= found->second.size(); ++i) {
      paths.push_back(absl::StrCat(i, "-", file.spec->path()));
    }
    return paths;
  }

  absl::StatusOr<std::unique_ptr<OpenedTable>> Open(const CompiledFile& file,
                                                    const std::string& path) const override {
    const auto& texts = texts_.at(file.spec->file_id());
    const size_t index = texts.size() == 1 ? 0 : std::stoul(path) - 1;
    return std::make_unique<OpenedText>(texts[index], file.format);
  }

 private:
  class OpenedText : public OpenedTable {
   public:
    OpenedText(std::string text, const TextFormat& format)
        : source_(std::move(text)), reader_(source_, format) {}
    RowSource& rows() override { return reader_; }

   private:
    TextSource source_;
    RowReader reader_;
  };

  const Texts texts_;
};

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_APPLICATION_TABLES_H_
