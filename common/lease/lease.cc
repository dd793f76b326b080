#include "common/lease/lease.h"

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/lease/migration_files.h"

namespace bellwether::lease {
namespace {

using store::Rows;

absl::StatusOr<Rows> LockRow(store::Transaction& transaction, const store::Store& store,
                             const std::string& name) {
  return transaction.Query(
      absl::StrCat("SELECT owner, expires_micros, token FROM leases WHERE name = $1",
                   store.ForUpdate()),
      {name});
}

}  // namespace

absl::Status CreateTables(store::Store& store) {
  return store::Migrate(store, store::MigrationsFrom("lease", MigrationFiles()));
}

absl::Status EndAll(store::Store& store) {
  ASSIGN_OR_RETURN(auto transaction, store.Begin());
  RETURN_IF_ERROR(
      transaction->Execute("UPDATE leases SET owner = '', expires_micros = 0").status());
  return transaction->Commit();
}

absl::StatusOr<bool> Lease::Hold() {
  absl::MutexLock lock(&mutex_);
  const absl::Time now = clock_.Now();
  if (now + options_.duration * 2 / 3 < expires_) return true;
  auto held = TakeOrRenew(now);
  // A failed renewal leaves the lease as it was: held until it expires.
  if (!held.ok() && now < expires_) return true;
  return held;
}

absl::StatusOr<bool> Lease::HeldByAnother(absl::Time now) {
  ASSIGN_OR_RETURN(auto transaction, store_.BeginRead());
  ASSIGN_OR_RETURN(const Rows rows,
                   transaction->Query("SELECT owner, expires_micros FROM leases WHERE name = $1",
                                      {options_.name}));
  return !rows.empty() && rows[0].Text(0) != options_.owner &&
         absl::ToUnixMicros(now) < rows[0].Int(1);
}

absl::StatusOr<bool> Lease::TakeOrRenew(absl::Time now) {
  // Contenders who only wait do not disturb the store's writers.
  ASSIGN_OR_RETURN(const bool another, HeldByAnother(now));
  if (another) {
    expires_ = absl::InfinitePast();
    return false;
  }
  ASSIGN_OR_RETURN(auto transaction, store_.Begin());
  // The row is made first so that there is one to lock.
  RETURN_IF_ERROR(transaction
                      ->Execute("INSERT INTO leases (name, owner, expires_micros, token) "
                                "VALUES ($1, '', 0, 0) ON CONFLICT (name) DO NOTHING",
                                {options_.name})
                      .status());
  ASSIGN_OR_RETURN(const Rows rows, LockRow(*transaction, store_, options_.name));
  const bool ours = rows[0].Text(0) == options_.owner;
  if (!ours && absl::ToUnixMicros(now) < rows[0].Int(1)) {
    expires_ = absl::InfinitePast();
    return false;
  }
  const int64_t token = ours ? rows[0].Int(2) : rows[0].Int(2) + 1;
  const absl::Time expires = now + options_.duration;
  RETURN_IF_ERROR(transaction
                      ->Execute("UPDATE leases SET owner = $2, expires_micros = $3, token = $4 "
                                "WHERE name = $1",
                                {options_.name, options_.owner, absl::ToUnixMicros(expires), token})
                      .status());
  RETURN_IF_ERROR(transaction->Commit());
  token_ = token;
  expires_ = expires;
  return true;
}

bool Lease::held() const {
  absl::MutexLock lock(&mutex_);
  return clock_.Now() < expires_;
}

int64_t Lease::token() const {
  absl::MutexLock lock(&mutex_);
  return token_;
}

absl::Status Lease::Check(store::Transaction& transaction) const {
  const int64_t token = this->token();
  ASSIGN_OR_RETURN(const Rows rows, LockRow(transaction, store_, options_.name));
  if (!rows.empty() && rows[0].Text(0) == options_.owner && rows[0].Int(2) == token) {
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kAborted, {"LEASE_LOST"}, "the lease has another holder");
}

absl::Status Lease::Release() {
  absl::MutexLock lock(&mutex_);
  if (expires_ == absl::InfinitePast()) return absl::OkStatus();
  expires_ = absl::InfinitePast();
  ASSIGN_OR_RETURN(auto transaction, store_.Begin());
  RETURN_IF_ERROR(transaction
                      ->Execute("UPDATE leases SET owner = '', expires_micros = 0 "
                                "WHERE name = $1 AND owner = $2 AND token = $3",
                                {options_.name, options_.owner, token_})
                      .status());
  return transaction->Commit();
}

}  // namespace bellwether::lease
