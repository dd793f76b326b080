#!/usr/bin/env python3
"""Sends facts to Bellwether, one CloudEvent per line of standard input, and counts the answers.

    protoc -I proto --python_out=OUT $(find proto/bellwether -name '*.proto')
    PYTHONPATH=OUT python3 docs/examples/senders/send_facts.py 127.0.0.1:9090 < events.jsonl

A fact is known by its account, source and id: sent again it counts once, so that after a broken
stream everything without an answer is simply sent again. Exit code 0 only when every event was
accepted; what was rejected is printed with its reason, the rest went on.

Needs python3-grpcio and python3-protobuf.
"""

import itertools
import sys
import time

import grpc
from bellwether.ingest.v1 import ingest_service_pb2 as ingest

METHOD = "/bellwether.ingest.v1.IngestService/StreamFacts"
ATTEMPTS = 5
STREAM_SECONDS_MAX = 60


def send(channel, events):
    """The answers by line number; those of a stream that broke are missing."""
    stream_facts = channel.stream_stream(
        METHOD,
        request_serializer=ingest.StreamFactsRequest.SerializeToString,
        response_deserializer=ingest.StreamFactsResponse.FromString)
    requests = (ingest.StreamFactsRequest(sequence=line, cloud_event_json=event)
                for line, event in events.items())
    answers = {}
    try:
        for answer in stream_facts(requests, timeout=STREAM_SECONDS_MAX):
            answers[answer.sequence] = answer
    except grpc.RpcError as error:
        print(f"the stream broke: {error.code().name}: {error.details()}", file=sys.stderr)
    return answers


def main():
    target = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:9090"
    lines = (line.strip() for line in sys.stdin.buffer)
    unanswered = {n: line for n, line in zip(itertools.count(1), lines) if line}
    accepted = rejected = 0
    with grpc.insecure_channel(target) as channel:
        for attempt in range(ATTEMPTS):
            if not unanswered:
                break
            if attempt > 0:
                time.sleep(2 ** attempt)
            for line, answer in send(channel, unanswered).items():
                del unanswered[line]
                if answer.state == ingest.ANSWER_STATE_ACCEPTED:
                    accepted += 1
                    continue
                rejected += 1
                why = answer.rejection
                print(f"line {line}: {why.reason} {why.field}: {why.message}", file=sys.stderr)
    print(f"{accepted} accepted, {rejected} rejected, {len(unanswered)} unanswered")
    return 0 if rejected == 0 and not unanswered else 1


if __name__ == "__main__":
    sys.exit(main())
