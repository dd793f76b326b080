-- What a partition holds in versions after a position, oldest first (cache.h, ChangedAfter).
--
-- KEYS  the versions of the partition's keys
-- ARGV  beginning of every entry; how many; the version and the member to begin after
--
-- Returns {member, version, value, member...}; the value of a tombstone is nil.
--
-- order.lua stands before it.

local entries, limit, version, member = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]

local low = redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. version)
local first = place_after(KEYS[1], version, member, low)
local members = redis.call('ZRANGE', KEYS[1], first, first + limit - 1, 'WITHSCORES')
local changes = {}
for i = 1, #members, 2 do
  local n = #changes
  changes[n + 1] = members[i]
  changes[n + 2] = members[i + 1]
  changes[n + 3] = redis.call('HGET', entries .. members[i], 'value')
end
return changes
