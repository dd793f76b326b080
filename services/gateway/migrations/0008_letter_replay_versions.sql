-- Rises with each write of a replay, which compares it: a gateway that has lost the replay to another
-- one writes nothing more.
ALTER TABLE letter_replays ADD COLUMN version BIGINT NOT NULL DEFAULT 0;
-- Asked for by somebody; the gateway that works on it ends it, with what it has done until then.
ALTER TABLE letter_replays ADD COLUMN cancel_asked BIGINT NOT NULL DEFAULT 0;
-- When it ended: forgotten a while later.
ALTER TABLE letter_replays ADD COLUMN ended_micros BIGINT;
UPDATE letter_replays SET ended_micros = started_micros WHERE state <> 1;
CREATE INDEX letter_replays_ended ON letter_replays (ended_micros) WHERE ended_micros IS NOT NULL;
CREATE INDEX letter_replays_request ON letter_replays (request_id);
