-- Removes entries of a partition in versions below a limit, and their places in rankings
-- (cache.h, Forget). Called again until it returns 0.
--
-- KEYS  the versions of the partition's keys
-- ARGV  beginning of every entry, of every ranking; partition; the limit; entries to remove at most
--
-- Returns how many it removed.

local entries, rankings, partition = ARGV[1], ARGV[2], ARGV[3]

local members = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[4], 'LIMIT', 0, ARGV[5])
for _, member in ipairs(members) do
  local key = entries .. member
  local held = redis.pcall('HMGET', key, 'partition', 'rankings')
  if not held.err and held[1] == partition then
    local names, at = held[2] or '', 1
    while at <= #names do
      local colon = string.find(names, ':', at, true)
      local size = colon and tonumber(string.sub(names, at, colon - 1))
      if not size or size < 0 then break end  -- nobody here wrote this
      local name = string.sub(names, colon + 1, colon + size)
      at = colon + 1 + #name
      redis.pcall('ZREM', rankings .. partition .. ':' .. name, member)
    end
    redis.call('UNLINK', key)
  end
  redis.call('ZREM', KEYS[1], member)
end
return #members
