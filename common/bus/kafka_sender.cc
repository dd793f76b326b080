#include "common/bus/kafka_sender.h"

#include <pthread.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/base/status.h"
#include "common/log/log.h"

namespace bellwether::bus {
namespace {

// How long a poll of the answering thread lasts at most; a stop waits for it.
constexpr int kServeMs = 100;
// What destruction waits for messages under way, and then for a client to give them back.
constexpr int kCloseFlushMs = 5'000;
constexpr int kPurgeMs = 5'000;
constexpr int kWarmUpMs = 2'000;

absl::Status Broken() {
  return Error(absl::StatusCode::kUnavailable, {"PRODUCER_BROKEN", "", ""},
               "an earlier delivery has failed");
}

std::vector<KafkaProperty> PropertiesOf(const KafkaSettings& settings, bool gapless) {
  return {
      {"enable.idempotence", "true"},
      {"acks", "all"},
      {"compression.codec", "lz4"},
      // Short, since a fact passes several topics on its way to an alert; but a request costs the
      // broker as much as many records, and a partition's next one has to wait for the answer to
      // the last: when it is due before that, 2.0 spins (docs/performance.md).
      {"linger.ms", "5"},
      {"batch.size", "1000000"},
      // The limits are those of KafkaInFlight, per producer: the first to find room there takes it.
      {"queue.buffering.max.messages", "0"},
      {"queue.buffering.max.kbytes", "2147483647"},
      {"message.max.bytes", absl::StrCat(2 * kMessageBytesMax)},
      {"enable.gapless.guarantee", gapless ? "true" : "false"},
      // A message that times out in flight may have been written all the same, so the time is long.
      // A timeout also leaves a gap that `enable.gapless.guarantee` does not cover: without gaps
      // there is none.
      {"message.timeout.ms",
       gapless ? "0" : absl::StrCat(absl::ToInt64Milliseconds(settings.message_timeout))},
  };
}

}  // namespace

uint64_t KafkaInFlight::Begin(size_t message_bytes) {
  messages_.fetch_add(1, std::memory_order_relaxed);
  bytes_.fetch_add(static_cast<int64_t>(message_bytes), std::memory_order_relaxed);
  absl::MutexLock lock(&mu_);
  ++outstanding_[wave_];
  return wave_;
}

void KafkaInFlight::End(uint64_t wave, size_t message_bytes) {
  bytes_.fetch_sub(static_cast<int64_t>(message_bytes), std::memory_order_relaxed);
  messages_.fetch_sub(1, std::memory_order_relaxed);
  absl::MutexLock lock(&mu_);
  const auto found = outstanding_.find(wave);
  if (--found->second == 0) outstanding_.erase(found);
}

bool KafkaInFlight::Flush(absl::Duration timeout) {
  absl::MutexLock lock(&mu_);
  const uint64_t mine = ++wave_;
  const auto settled = [this, mine] {
    mu_.AssertReaderHeld();
    return outstanding_.empty() || outstanding_.begin()->first >= mine;
  };
  return mu_.AwaitWithTimeout(absl::Condition(&settled), timeout);
}

absl::StatusOr<std::shared_ptr<KafkaSender>> KafkaSender::Open(
    const KafkaSettings& settings, bool gapless, const std::vector<const KafkaTopic*>& known) {
  std::shared_ptr<KafkaSender> sender(new KafkaSender(gapless));
  ASSIGN_OR_RETURN(sender->client_,
                   KafkaClient::Open(settings, {.kind = KafkaClient::Kind::kProducer,
                                                .properties = PropertiesOf(settings, gapless),
                                                .prepare =
                                                    [](rd_kafka_conf_t* conf) {
                                                      rd_kafka_conf_set_dr_msg_cb(conf, OnDelivery);
                                                      rd_kafka_conf_set_error_cb(conf, OnError);
                                                    },
                                                .opaque = sender.get()}));
  sender->server_ = std::thread([raw = sender.get()] { raw->ServeUntilStopped(); });
  for (const KafkaTopic* topic : known) {
    bool is_new = false;
    RETURN_IF_ERROR(sender->HandleOf(*topic, is_new).status());
  }
  if (!known.empty()) sender->WarmUp(nullptr);
  return sender;
}

KafkaSender::~KafkaSender() {
  if (client_ == nullptr) return;
  BELLWETHER_CHECK(server_.get_id() != std::this_thread::get_id(),
                   "a sender is not destroyed by what it calls");
  // The other thread answers meanwhile.
  rd_kafka_flush(client_->get(), failed() ? 0 : kCloseFlushMs);
  rd_kafka_purge(client_->get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_flush(client_->get(), kPurgeMs);
  stopping_ = true;
  server_.join();
  absl::MutexLock lock(&mu_);
  handles_.clear();
}

void KafkaSender::ServeUntilStopped() {
  pthread_setname_np(pthread_self(), "kafka-answers");
  while (!stopping_) rd_kafka_poll(client_->get(), kServeMs);
  rd_kafka_poll(client_->get(), 0);
}

absl::StatusOr<rd_kafka_topic_t*> KafkaSender::HandleOf(const KafkaTopic& topic, bool& is_new) {
  absl::MutexLock lock(&mu_);
  KafkaOwned<rd_kafka_topic_t>& handle = handles_[&topic];
  is_new = handle == nullptr;
  if (is_new) handle.reset(rd_kafka_topic_new(client_->get(), topic.full_name.c_str(), nullptr));
  if (handle != nullptr) return handle.get();
  return KafkaError(rd_kafka_last_error(), absl::StrCat("cannot send to ", topic.name));
}

// The first message to a topic may wait up to a second for the next look at the cluster.
void KafkaSender::WarmUp(rd_kafka_topic_t* only) {
  const struct rd_kafka_metadata* metadata = nullptr;
  if (const rd_kafka_resp_err_t error =
          rd_kafka_metadata(client_->get(), /*all_topics=*/0, only, &metadata, kWarmUpMs);
      error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    // The messages will wait for it.
    LogWarning("kafka producer is not warmed up",
               {{"topic", only == nullptr ? "all" : rd_kafka_topic_name(only)},
                {"error", rd_kafka_err2name(error)}});
    return;
  }
  rd_kafka_metadata_destroy(metadata);
}

absl::Status KafkaSender::Send(const KafkaTopic& topic, int32_t partition, Message message,
                               std::unique_ptr<Parcel>& parcel) {
  if (failed()) return Broken();
  bool is_new = false;
  ASSIGN_OR_RETURN(rd_kafka_topic_t * handle, HandleOf(topic, is_new));
  if (is_new) WarmUp(handle);
  KafkaOwned<rd_kafka_headers_t> headers;
  if (!message.headers.empty()) {
    headers.reset(rd_kafka_headers_new(message.headers.size()));
    for (const Header& header : message.headers) {
      rd_kafka_header_add(headers.get(), header.name.data(),
                          static_cast<ssize_t>(header.name.size()), header.value.data(),
                          static_cast<ssize_t>(header.value.size()));
    }
  }
  parcel->sender = this;
  parcel->value = std::move(message.value);
  // No key is no key, to every tool; an empty value is empty and not the absent one of a tombstone.
  void* const key = message.key.empty() ? nullptr : message.key.data();
  const rd_kafka_vu_t fields[] = {
      {.vtype = RD_KAFKA_VTYPE_RKT, .u = {.rkt = handle}},
      {.vtype = RD_KAFKA_VTYPE_PARTITION, .u = {.i32 = partition}},
      {.vtype = RD_KAFKA_VTYPE_KEY, .u = {.mem = {key, message.key.size()}}},
      {.vtype = RD_KAFKA_VTYPE_VALUE, .u = {.mem = {parcel->value.data(), parcel->value.size()}}},
      {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u = {.ptr = parcel.get()}},
      {.vtype = RD_KAFKA_VTYPE_HEADERS, .u = {.headers = headers.get()}},
  };
  outstanding_.fetch_add(1);
  const KafkaOwned<rd_kafka_error_t> error(
      rd_kafka_produceva(client_->get(), fields, std::size(fields)));
  if (error == nullptr) {
    (void)parcel.release();  // OnDelivery has it, perhaps already
    (void)headers.release();
    return absl::OkStatus();
  }
  outstanding_.fetch_sub(1);
  if (rd_kafka_error_is_fatal(error.get()) != 0 ||
      rd_kafka_error_code(error.get()) == RD_KAFKA_RESP_ERR__FATAL) {
    failed_ = true;
    return Broken();
  }
  return KafkaError(rd_kafka_error_code(error.get()),
                    absl::StrCat("a message cannot be sent to ", topic.name));
}

void KafkaSender::OnDelivery(rd_kafka_t* client, const rd_kafka_message_t* message,
                             void* /*opaque*/) {
  const std::unique_ptr<Parcel> parcel(static_cast<Parcel*>(message->_private));
  KafkaSender& sender = *parcel->sender;
  rd_kafka_resp_err_t error = message->err;
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    const rd_kafka_resp_err_t fatal = rd_kafka_fatal_error(client, nullptr, 0);
    if (sender.gapless_ || fatal != RD_KAFKA_RESP_ERR_NO_ERROR) sender.failed_ = true;
    // Swept out because the client gave up: the reason is why it did.
    if (error == RD_KAFKA_RESP_ERR__PURGE_QUEUE && fatal != RD_KAFKA_RESP_ERR_NO_ERROR) {
      error = fatal;
    }
  }
  if (parcel->delivered) {
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      parcel->delivered(Position{message->partition, message->offset});
    } else {
      parcel->delivered(KafkaError(error, "a message was not acknowledged"));
    }
  }
  parcel->in_flight->End(parcel->wave, parcel->bytes);
  sender.outstanding_.fetch_sub(1);
}

void KafkaSender::OnError(rd_kafka_t* client, int error, const char* /*text*/, void* opaque) {
  auto& sender = *static_cast<KafkaSender*>(opaque);
  if (error != RD_KAFKA_RESP_ERR__FATAL) return;  // it recovers, and its log says so
  char why[512] = "";
  const rd_kafka_resp_err_t cause = rd_kafka_fatal_error(client, why, sizeof why);
  LogError("kafka producer gives up; another takes its place",
           {{"error", rd_kafka_err2name(cause)}, {"text", why}});
  sender.failed_ = true;
}

}  // namespace bellwether::bus
