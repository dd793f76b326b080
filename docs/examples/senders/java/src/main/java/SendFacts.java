import bellwether.ingest.v1.IngestServiceGrpc;
import bellwether.ingest.v1.IngestServiceOuterClass.AnswerState;
import bellwether.ingest.v1.IngestServiceOuterClass.StreamFactsRequest;
import bellwether.ingest.v1.IngestServiceOuterClass.StreamFactsResponse;
import com.google.protobuf.ByteString;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Sends facts to Bellwether, one CloudEvent per line of standard input, and counts the answers.
 *
 * <p>A fact is known by its account, source and id: sent again it counts once, so that after a
 * broken stream everything without an answer is simply sent again. Exit code 0 only when every
 * event was accepted; what was rejected is printed with its reason, the rest went on.
 */
public final class SendFacts {
  private static final int ATTEMPTS = 5;
  private static final int STREAM_SECONDS_MAX = 60;
  private static final int PAUSE_SECONDS = Integer.getInteger("send.pause.seconds", 2);

  private final ManagedChannel channel;
  // By line number.
  private final Map<Long, ByteString> unanswered;
  private int accepted;
  private int rejected;

  private SendFacts(ManagedChannel channel, Map<Long, ByteString> events) {
    this.channel = channel;
    this.unanswered = events;
  }

  public static void main(String[] arguments) throws Exception {
    String target = arguments.length > 0 ? arguments[0] : "127.0.0.1:9090";
    ManagedChannel channel =
        Grpc.newChannelBuilder(target, InsecureChannelCredentials.create()).build();
    SendFacts sender = new SendFacts(channel, readEvents());
    boolean all = sender.run();
    channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    System.exit(all ? 0 : 1);
  }

  /** Lines as the bytes they are: what is no text is answered for by the server. */
  private static Map<Long, ByteString> readEvents() throws IOException {
    Map<Long, ByteString> events = new TreeMap<>();
    byte[] input = System.in.readAllBytes();
    long line = 1;
    for (int begin = 0; begin < input.length; ++line) {
      int end = begin;
      while (end < input.length && input[end] != '\n') ++end;
      if (end > begin) events.put(line, ByteString.copyFrom(input, begin, end - begin));
      begin = end + 1;
    }
    return events;
  }

  private boolean run() throws InterruptedException {
    for (int attempt = 0; attempt < ATTEMPTS && !unanswered.isEmpty(); ++attempt) {
      if (attempt > 0) TimeUnit.SECONDS.sleep((long) Math.pow(PAUSE_SECONDS, attempt));
      for (StreamFactsResponse answer : send()) take(answer);
    }
    System.out.printf(
        "%d accepted, %d rejected, %d unanswered%n", accepted, rejected, unanswered.size());
    return rejected == 0 && unanswered.isEmpty();
  }

  private void take(StreamFactsResponse answer) {
    unanswered.remove(answer.getSequence());
    if (answer.getState() == AnswerState.ANSWER_STATE_ACCEPTED) {
      ++accepted;
      return;
    }
    ++rejected;
    var why = answer.getRejection();
    System.err.printf(
        "line %d: %s %s: %s%n",
        answer.getSequence(), why.getReason(), why.getField(), why.getMessage());
  }

  /** One stream; the answers that came before it ended, however it did. */
  private List<StreamFactsResponse> send() throws InterruptedException {
    CountDownLatch ended = new CountDownLatch(1);
    List<StreamFactsResponse> answers = new ArrayList<>();
    IngestServiceGrpc.newStub(channel)
        .withDeadlineAfter(STREAM_SECONDS_MAX, TimeUnit.SECONDS)
        .streamFacts(new Exchange(unanswered, answers, ended));
    ended.await();
    return answers;
  }

  /** Sends as fast as the server reads. All of it runs on the call's thread. */
  private static final class Exchange
      implements ClientResponseObserver<StreamFactsRequest, StreamFactsResponse> {
    private final Iterator<Map.Entry<Long, ByteString>> events;
    private final List<StreamFactsResponse> answers;
    private final CountDownLatch ended;

    Exchange(
        Map<Long, ByteString> events, List<StreamFactsResponse> answers, CountDownLatch ended) {
      this.events = events.entrySet().iterator();
      this.answers = answers;
      this.ended = ended;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<StreamFactsRequest> requests) {
      boolean[] completed = new boolean[1];
      requests.setOnReadyHandler(
          () -> {
            while (requests.isReady() && events.hasNext()) {
              Map.Entry<Long, ByteString> event = events.next();
              requests.onNext(
                  StreamFactsRequest.newBuilder()
                      .setSequence(event.getKey())
                      .setCloudEventJson(event.getValue())
                      .build());
            }
            if (!events.hasNext() && !completed[0]) {
              completed[0] = true;
              requests.onCompleted();
            }
          });
    }

    @Override
    public void onNext(StreamFactsResponse answer) {
      answers.add(answer);
    }

    @Override
    public void onError(Throwable error) {
      Status status = Status.fromThrowable(error);
      System.err.printf(
          "the stream broke: %s: %s%n", status.getCode(), status.getDescription());
      ended.countDown();
    }

    @Override
    public void onCompleted() {
      ended.countDown();
    }
  }
}
