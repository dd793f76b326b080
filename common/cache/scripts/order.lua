-- Where something stands in a sorted set; put before the scripts that use it.

-- As the sorted set orders ties, byte by byte; Lua's own comparison depends on the locale.
local function precedes(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = string.byte(a, i), string.byte(b, i)
    if x ~= y then return x < y end
  end
  return #a < #b
end

-- The place after (score, member), be that in the set or not; `low` is that of the first member
-- with the score. Quick among many ties.
local function place_after(set, score, member, low)
  local found = redis.call('ZSCORE', set, member)
  if found and tonumber(found) == tonumber(score) then
    return redis.call('ZRANK', set, member) + 1
  end
  local high = low + redis.call('ZCOUNT', set, score, score)
  while low < high do
    local middle = math.floor((low + high) / 2)
    if precedes(member, redis.call('ZRANGE', set, middle, middle)[1]) then
      high = middle
    else
      low = middle + 1
    end
  end
  return low
end

