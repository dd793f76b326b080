-- The first places of a ranking over all partitions, as of one instant (cache.h, Lowest).
--
-- KEYS  the ranking in each partition, then the sentinel of each partition
-- ARGV  how many places, then nothing or the score and the member to begin after
--
-- Returns {'incomplete'}, or {'ok', member, score, member, score...}.
--
-- order.lua stands before it.

local limit, score, member = tonumber(ARGV[1]), ARGV[2], ARGV[3]
local partitions = #KEYS / 2

for p = 1, partitions do
  if not redis.call('HGET', KEYS[partitions + p], 'version') then return {'incomplete'} end
end

-- One partition's part of the ranking is read in pieces: most of its places are not wanted.
local piece = math.min(limit, math.ceil(limit / partitions) + 8)

local function read_on(part)
  part.places = redis.call('ZRANGE', part.ranking, part.next, part.next + piece - 1, 'WITHSCORES')
  part.next = part.next + piece
  part.at = 1
  part.score = tonumber(part.places[2])
  return part.score ~= nil
end

local function step(part)
  part.at = part.at + 2
  part.score = tonumber(part.places[part.at + 1])
  if part.score then return true end
  return #part.places == 2 * piece and read_on(part)
end

local function begin(part)
  if not score then
    part.next = 0
    return read_on(part)
  end
  local low = redis.call('ZCOUNT', part.ranking, '-inf', '(' .. score)
  part.next = low
  if not read_on(part) then return false end
  for _ = 1, piece do  -- few places share a score, mostly
    if part.score ~= tonumber(score) or precedes(member, part.places[part.at]) then return true end
    if not step(part) then return false end
  end
  part.next = place_after(part.ranking, score, member, low)
  return read_on(part)
end

-- A heap of the parts that are not read to their end, the one with the lowest place on top.
local heap = {}

local function lower(a, b)
  if a.score ~= b.score then return a.score < b.score end
  return precedes(a.places[a.at], b.places[b.at])
end

local function sift_down(i)
  while true do
    local lowest, left = i, 2 * i
    if heap[left] and lower(heap[left], heap[lowest]) then lowest = left end
    if heap[left + 1] and lower(heap[left + 1], heap[lowest]) then lowest = left + 1 end
    if lowest == i then return end
    heap[i], heap[lowest] = heap[lowest], heap[i]
    i = lowest
  end
end

for p = 1, partitions do
  local part = {ranking = KEYS[p]}
  if begin(part) then heap[#heap + 1] = part end
end
for i = math.floor(#heap / 2), 1, -1 do sift_down(i) end

local places = {'ok'}
while heap[1] and #places < 2 * limit do
  local part = heap[1]
  places[#places + 1] = part.places[part.at]
  places[#places + 1] = part.places[part.at + 1]
  if not step(part) then
    heap[1] = heap[#heap]
    heap[#heap] = nil
  end
  sift_down(1)
end
return places
