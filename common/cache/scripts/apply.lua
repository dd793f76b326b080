-- Applies the writes that are newer than what is held, each with its places in rankings, and moves
-- the partition's sentinel (cache.h, Apply).
--
-- KEYS  sentinel, the versions of the partition's keys, then the entry of each write
-- ARGV  beginning of every entry, of every ranking, of the versions of every partition; partition
--       run id ('': the sentinel is left alone), from, to ('': no value)
--       per write: version, '' or 'deleted', value, names of its rankings (a netstring each), their
--       number, then each ranking's name and the score in it
--
-- Returns {'lost'}, or {'ok', entries that hold what is not ours...}, or the server's error.
-- Whenever not everything was taken, the partition's sentinel loses its version.
--
-- Rankings come before the value: should an error stop the script in between, the same write is
-- taken again.

local entries, rankings, versions, partition = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local run, from, to = ARGV[5], ARGV[6], ARGV[7]

local held_version
if run ~= '' then
  local held = redis.call('HMGET', KEYS[1], 'run_id', 'version')
  held_version = tonumber(held[2] or '')
  if held[1] ~= run or (from == '') ~= (held_version == nil) or
     (held_version and held_version < tonumber(from)) then
    return {'lost'}
  end
end

local ranking_here = rankings .. partition .. ':'

local function leave(member, from_partition, names, staying)
  local at = 1
  while at <= #names do
    local colon = string.find(names, ':', at, true)
    local size = colon and tonumber(string.sub(names, at, colon - 1))
    if not size or size < 0 then return end  -- nobody here wrote this
    local name = string.sub(names, colon + 1, colon + size)
    at = colon + 1 + #name
    if not (staying and staying[name]) then
      redis.pcall('ZREM', rankings .. from_partition .. ':' .. name, member)
    end
  end
end

local function clear_version()
  if run ~= '' then redis.call('HDEL', KEYS[1], 'version') end
end

local function refused(reply)
  return type(reply) == 'table' and reply.err
end

local function is_foreign(reply)
  return string.find(reply.err, 'WRONGTYPE', 1, true) ~= nil
end

local foreign = {}
local at = 8
for k = 3, #KEYS do
  local key = KEYS[k]
  local version, kind, value, names = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  local first = at + 5
  local last = first + 2 * ARGV[at + 4] - 1
  at = last + 1
  local held = redis.pcall('HMGET', key, 'version', 'partition', 'rankings')
  if held.err and not is_foreign(held) then
    clear_version()
    return held
  end
  local newest = not held.err and tonumber(held[1] or '-1')
  if not newest then
    foreign[#foreign + 1] = key
  elseif tonumber(version) > newest then
    local member = string.sub(key, #entries + 1)
    local failed = false
    for r = first, last, 2 do
      local placed = redis.pcall('ZADD', ranking_here .. ARGV[r], ARGV[r + 1], member)
      if refused(placed) then
        if not is_foreign(placed) then  -- the server takes no writes
          clear_version()
          return placed
        end
        foreign[#foreign + 1] = ranking_here .. ARGV[r]
        failed = true
      end
    end
    local moved = held[2] and held[2] ~= partition
    if failed then
      leave(member, partition, names)
    else
      if held[3] and (moved or held[3] ~= names) then
        local staying = {}
        if not moved then
          for r = first, last, 2 do staying[ARGV[r]] = true end
        end
        leave(member, held[2], held[3], staying)
      end
      if moved then redis.call('ZREM', versions .. held[2], member) end
      local noted = redis.pcall('ZADD', KEYS[2], version, member)
      if refused(noted) then
        clear_version()
        return noted
      end
      if kind == 'deleted' then
        redis.call('HSET', key, 'version', version, 'partition', partition)
        redis.call('HDEL', key, 'value', 'rankings')
      else
        redis.call('HSET', key, 'version', version, 'partition', partition, 'rankings', names,
                   'value', value)
      end
    end
  end
end

if #foreign > 0 then
  clear_version()
elseif run ~= '' and to ~= '' and not (held_version and held_version >= tonumber(to)) then
  redis.call('HSET', KEYS[1], 'version', to)
end
return {'ok', unpack(foreign)}
