// AccountsService over gRPC.
#ifndef BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_ACCOUNTS_GRPC_H_
#define BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_ACCOUNTS_GRPC_H_

#include "absl/status/statusor.h"
#include "bellwether/accounts/v1/accounts_service.grpc.pb.h"
#include "common/rpc/call_pool.h"
#include "common/store/store.h"
#include "services/accounts/application/account_commands.h"
#include "services/accounts/application/account_repository.h"
#include "services/accounts/application/rfm_repository.h"

namespace bellwether::accounts {

// Every call runs on the pool: all of them may wait for the store. Thread-safe; outlives the
// server.
class AccountsGrpc final : public v1::AccountsService::CallbackService {
 public:
  AccountsGrpc(rpc::CallPool& pool, store::Store& store, AccountCommands& commands,
               AccountRepository& accounts, RfmRepository& rfm)
      : pool_(pool), store_(store), commands_(commands), accounts_(accounts), rfm_(rfm) {}

  grpc::ServerUnaryReactor* CreateAccount(grpc::CallbackServerContext* context,
                                          const v1::CreateAccountRequest* request,
                                          v1::Account* response) override;
  grpc::ServerUnaryReactor* GetAccount(grpc::CallbackServerContext* context,
                                       const v1::GetAccountRequest* request,
                                       v1::Account* response) override;
  grpc::ServerUnaryReactor* ListAccounts(grpc::CallbackServerContext* context,
                                         const v1::ListAccountsRequest* request,
                                         v1::ListAccountsResponse* response) override;
  grpc::ServerUnaryReactor* UpdateAccount(grpc::CallbackServerContext* context,
                                          const v1::UpdateAccountRequest* request,
                                          v1::Account* response) override;
  grpc::ServerUnaryReactor* GetRfm(grpc::CallbackServerContext* context,
                                   const v1::GetRfmRequest* request, v1::Rfm* response) override;
  grpc::ServerUnaryReactor* ListRfmHistory(grpc::CallbackServerContext* context,
                                           const v1::ListRfmHistoryRequest* request,
                                           v1::ListRfmHistoryResponse* response) override;
  grpc::ServerUnaryReactor* ListRfm(grpc::CallbackServerContext* context,
                                    const v1::ListRfmRequest* request,
                                    v1::ListRfmResponse* response) override;

 private:
  absl::StatusOr<v1::Account> Create(const v1::CreateAccountRequest& request);
  absl::StatusOr<v1::Account> Get(const v1::GetAccountRequest& request);
  absl::StatusOr<v1::ListAccountsResponse> List(const v1::ListAccountsRequest& request);
  absl::StatusOr<v1::Account> Update(const v1::UpdateAccountRequest& request);
  absl::StatusOr<v1::Rfm> Rfm(const v1::GetRfmRequest& request);
  absl::StatusOr<v1::ListRfmHistoryResponse> History(const v1::ListRfmHistoryRequest& request);
  absl::StatusOr<v1::ListRfmResponse> Ranking(const v1::ListRfmRequest& request);

  // The account at that cut, ranked or not; NOT_FOUND for one nobody knows.
  absl::StatusOr<v1::Rfm> RfmAt(store::Transaction& transaction, const RfmCut& cut,
                                const std::string& account_id);

  rpc::CallPool& pool_;
  store::Store& store_;
  AccountCommands& commands_;
  AccountRepository& accounts_;
  RfmRepository& rfm_;
};

}  // namespace bellwether::accounts

#endif  // BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_ACCOUNTS_GRPC_H_
