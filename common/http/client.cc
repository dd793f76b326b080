#include "common/http/client.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "curl/curl.h"

namespace bellwether::http {
namespace {

// STYLE(clock): what curl's timers go by
using SteadyClock = std::chrono::steady_clock;
using Easy = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using Multi = std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)>;
using HeaderList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

constexpr size_t kHeadBytesMax = 16 << 10;
constexpr int kFirstFinalStatus = 200;
// Curl's timers wake it before; this is for those it does not report.
constexpr int kPollMillisMax = 1'000;

absl::string_view StageOf(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return "resolve";
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY:
      return "connect";
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
      return "TLS";
    default:
      return "exchange";
  }
}

// One request and its answer; lives for one call, all on the calling thread.
class Exchange {
 public:
  Exchange(const ClientOptions& options, const Request& request, SteadyClock::time_point deadline)
      : request_(request),
        deadline_(deadline),
        headers_(nullptr, curl_slist_free_all),
        easy_(curl_easy_init(), curl_easy_cleanup),
        multi_(curl_multi_init(), curl_multi_cleanup) {
    SetWhere(options);
    SetWhat(options);
    SetCallbacks();
  }
  ~Exchange() { curl_multi_remove_handle(multi_.get(), easy_.get()); }

  absl::StatusOr<Response> Run(const std::stop_token& stop) {
    if (setup_ != CURLE_OK) return Failed(setup_);
    if (curl_multi_add_handle(multi_.get(), easy_.get()) != CURLM_OK) {
      return Failed(CURLE_OUT_OF_MEMORY);
    }
    const std::stop_callback wake(stop, [this] { curl_multi_wakeup(multi_.get()); });
    int running = 1;
    while (true) {
      if (stop.stop_requested()) return Cancelled();
      if (curl_multi_perform(multi_.get(), &running) != CURLM_OK) return Failed(CURLE_FAILED_INIT);
      if (running == 0) break;
      curl_multi_poll(multi_.get(), nullptr, 0, kPollMillisMax, nullptr);
    }
    int left = 0;
    const CURLMsg* const done = curl_multi_info_read(multi_.get(), &left);
    const CURLcode code = done == nullptr ? CURLE_FAILED_INIT : done->data.result;
    if (too_large_) return TooLarge();
    if (code == CURLE_OK || complete_) return std::move(response_);
    return Failed(code);
  }

 private:
  template <typename Value>
  void Set(CURLoption option, Value value) {
    if (setup_ == CURLE_OK) setup_ = curl_easy_setopt(easy_.get(), option, value);
  }

  void SetWhere(const ClientOptions& options) {
    Set(CURLOPT_URL, request_.url.ToString().c_str());
    Set(CURLOPT_PROTOCOLS_STR, "http,https");
    Set(CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
    Set(CURLOPT_PATH_AS_IS, 1L);
    Set(CURLOPT_PROXY, options.proxy.c_str());
    Set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    Set(CURLOPT_FOLLOWLOCATION, 0L);
    Set(CURLOPT_FRESH_CONNECT, 1L);
    Set(CURLOPT_FORBID_REUSE, 1L);
    Set(CURLOPT_SSL_VERIFYPEER, 1L);
    Set(CURLOPT_SSL_VERIFYHOST, 2L);
    if (const char* file = std::getenv("SSL_CERT_FILE")) Set(CURLOPT_CAINFO, file);
    if (const char* folder = std::getenv("SSL_CERT_DIR")) Set(CURLOPT_CAPATH, folder);
    Set(CURLOPT_NOSIGNAL, 1L);  // threads
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline_ - SteadyClock::now()).count();
    Set(CURLOPT_TIMEOUT_MS, std::max(static_cast<long>(left), 1L));
    Set(CURLOPT_CONNECTTIMEOUT_MS,
        std::max(static_cast<long>(absl::ToInt64Milliseconds(options.connect_timeout)), 1L));
  }

  void SetWhat(const ClientOptions& options) {
    Set(CURLOPT_POST, 1L);
    Set(CURLOPT_POSTFIELDS, request_.body.data());
    Set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    Set(CURLOPT_USERAGENT, options.user_agent.c_str());
    AddHeader("Expect:");  // not asked for leave to send a body
    for (const auto& [name, value] : request_.headers) AddHeader(absl::StrCat(name, ": ", value));
    Set(CURLOPT_HTTPHEADER, headers_.get());
  }

  void SetCallbacks() {
    Set(CURLOPT_PREREQFUNCTION, &Exchange::BeforeSending);
    Set(CURLOPT_PREREQDATA, this);
    Set(CURLOPT_HEADERFUNCTION, &Exchange::OnHeader);
    Set(CURLOPT_HEADERDATA, this);
    Set(CURLOPT_WRITEFUNCTION, &Exchange::OnBody);
    Set(CURLOPT_WRITEDATA, this);
  }

  void AddHeader(const std::string& line) {
    curl_slist* const longer = curl_slist_append(headers_.get(), line.c_str());
    if (longer == nullptr) {
      setup_ = CURLE_OUT_OF_MEMORY;
      return;
    }
    headers_.release();
    headers_.reset(longer);
  }

  // With the connection made and verified, and before the first byte. The timer alone does not keep
  // us from sending late: after a freeze what came in meanwhile may go first.
  static int BeforeSending(void* self, char*, char*, int, int) {
    auto& exchange = *static_cast<Exchange*>(self);
    if (SteadyClock::now() >= exchange.deadline_) return CURL_PREREQFUNC_ABORT;
    exchange.sent_ = true;  // from here on nobody can say what was received
    return CURL_PREREQFUNC_OK;
  }

  static size_t OnHeader(char* bytes, size_t, size_t size, void* self) {
    return static_cast<Exchange*>(self)->TakeHeader(absl::string_view(bytes, size)) ? size : 0;
  }

  // False ends the exchange.
  bool TakeHeader(absl::string_view line) {
    head_bytes_ += line.size();
    if (head_bytes_ > kHeadBytesMax) {
      too_large_ = true;
      return false;
    }
    line = absl::StripAsciiWhitespace(line);
    if (line.empty()) return EndHead();
    if (const size_t colon = line.find(':');
        colon != absl::string_view::npos && !absl::StartsWith(line, "HTTP/")) {
      response_.headers.emplace_back(absl::AsciiStrToLower(line.substr(0, colon)),
                                     absl::StripAsciiWhitespace(line.substr(colon + 1)));
    }
    return true;
  }

  bool EndHead() {
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    if (status < kFirstFinalStatus) {
      response_.headers.clear();  // of an interim answer
      return true;
    }
    response_.status = static_cast<int>(status);
    complete_ = request_.response_bytes_max == 0;
    return !complete_;
  }

  static size_t OnBody(char* bytes, size_t, size_t size, void* self) {
    auto& exchange = *static_cast<Exchange*>(self);
    if (exchange.response_.body.size() + size > exchange.request_.response_bytes_max) {
      exchange.too_large_ = true;
      return 0;
    }
    exchange.response_.body.append(bytes, size);
    return size;
  }

  absl::Status Failed(CURLcode code) const {
    const bool late = code == CURLE_OPERATION_TIMEDOUT || code == CURLE_ABORTED_BY_CALLBACK;
    const std::string why =
        late ? "timed out" : absl::StrCat(StageOf(code), ": ", curl_easy_strerror(code));
    if (sent_) return Error(absl::StatusCode::kDeadlineExceeded, {.reason = kNoAnswer}, why);
    return Error(absl::StatusCode::kUnavailable, {.reason = kNotSent}, why);
  }
  absl::Status TooLarge() const {
    return Error(absl::StatusCode::kOutOfRange, {.reason = kAnswerTooLarge},
                 absl::StrCat("HTTP ", response_.status, " with too long an answer"));
  }
  absl::Status Cancelled() const {
    return Error(absl::StatusCode::kCancelled, {.reason = kCancelled}, "stopped while under way");
  }

  const Request& request_;
  const SteadyClock::time_point deadline_;
  HeaderList headers_;  // outlives easy_, as does all that its callbacks touch
  Response response_;
  size_t head_bytes_ = 0;
  bool sent_ = false;
  bool complete_ = false;
  bool too_large_ = false;
  CURLcode setup_ = CURLE_OK;  // the first option refused
  const Easy easy_;
  const Multi multi_;
};

}  // namespace

std::optional<absl::string_view> Response::Header(absl::string_view name) const {
  return FindHeader(headers, name);
}

Client::Client(ClientOptions options) : options_(std::move(options)) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(ready);  // without it every request fails by itself
}

absl::StatusOr<Response> Client::Post(const Request& request, const std::stop_token& stop) const {
  if (request.timeout <= absl::ZeroDuration()) {
    return Error(absl::StatusCode::kUnavailable, {.reason = kNotSent}, "timed out");
  }
  return Exchange(options_, request,
                  SteadyClock::now() + absl::ToChronoNanoseconds(request.timeout))
      .Run(stop);
}

}  // namespace bellwether::http
