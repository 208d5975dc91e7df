-- The decision inside Redis: one atomic step, by the server's clock.
-- The twin of decision.py, function for function; change both. A test compares them.
-- KEYS[1]: a hash, one field per group and one, "", for the breaker.
-- ARGV[1]: JSON {limits, notes, ask, now_ms, life_ms, constants}; now_ms 0: TIME.
local OTHERS, FLYING = 4, 5
local input = cjson.decode(ARGV[1])
local C = input.constants
local limits = input.limits

local now = input.now_ms
if now == 0 then
  local time = redis.call("TIME")
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end

local function key_of(step, lane) return step * 16 + lane end

local function note(group, ms, lane, weight)
  local key = key_of(math.floor(ms / group.limit.step_ms), lane)
  weight = weight + (group.used[key] or 0)
  group.used[key] = nil
  if weight > 0 then group.used[key] = weight end
end

local function by_priority(group)
  local own, others = { [0] = 0, 0, 0, 0 }, 0
  for key, weight in pairs(group.used) do
    local lane = key % 16
    if lane == OTHERS then
      others = others + weight
    else
      local priority = lane < OTHERS and lane or lane - FLYING
      own[priority] = own[priority] + weight
    end
  end
  return own, others
end

local function restart(group)
  local own, others = by_priority(group)
  group.used = {}
  for priority = 0, 3 do note(group, now, priority, own[priority]) end
  note(group, now, OTHERS, others)
  group.tickets = {}
  group.strikes, group.struck, group.paused, group.exits_paused = 0, 0, 0, 0
end

local function load_group(limit)
  local kept = redis.call("HGET", KEYS[1], limit.name)
  local group = {
    limit = limit, at = 0, strikes = 0, struck = 0, paused = 0, exits_paused = 0,
    used = {}, tickets = {},
  }
  if not kept then return group end
  local row = cjson.decode(kept)
  group.at, group.strikes, group.struck = row[3], row[4], row[5]
  group.paused, group.exits_paused = row[6], row[7]
  for _, used in ipairs(row[8]) do
    group.used[key_of(used[1], used[2])] = used[3]
  end
  for _, ticket in ipairs(row[9]) do
    group.tickets[ticket[1]] = {
      id = ticket[1], priority = ticket[2], weight = ticket[3],
      born = ticket[4], expires = ticket[5],
    }
  end
  if row[2] ~= limit.window_ms then group.changed = true end
  return group
end

local function freed(group, key)
  local step, lane = math.floor(key / 16), key % 16
  local over = (step + 1) * group.limit.step_ms + group.limit.window_ms
  return over + (lane >= FLYING and C.flight or 0)
end

local function forget(group)
  if now < group.at then restart(group) end
  group.at = now
  for key in pairs(group.used) do
    if freed(group, key) <= now then group.used[key] = nil end
  end
  for id, ticket in pairs(group.tickets) do
    if ticket.expires <= now then group.tickets[id] = nil end
  end
end

local function dump(group)
  local used, tickets = {}, {}
  for key, weight in pairs(group.used) do
    used[#used + 1] = { math.floor(key / 16), key % 16, weight }
  end
  for _, t in pairs(group.tickets) do
    tickets[#tickets + 1] = { t.id, t.priority, t.weight, t.born, t.expires }
  end
  return cjson.encode({
    group.limit.calls, group.limit.window_ms, group.at, group.strikes, group.struck,
    group.paused, group.exits_paused, used, tickets,
  })
end

-- What is remembered

local groups = {}
for index, limit in ipairs(limits) do groups[index] = load_group(limit) end
local kept = redis.call("HGET", KEYS[1], "")
local breaker = kept and cjson.decode(kept) or { 0, 0, 0, 0, 0 }
local AT, UNTIL, BANS, PROBE, SINCE = 1, 2, 3, 4, 5

local clock = now
local function steady(at)
  if clock < at and at <= clock + C.steady then now = math.max(now, at) end
end
steady(breaker[AT])
for _, group in ipairs(groups) do steady(group.at) end
for _, group in ipairs(groups) do
  if group.changed then restart(group) end
end

if now < breaker[AT] and breaker[UNTIL] > 0 then
  breaker[UNTIL], breaker[PROBE], breaker[SINCE] = now, 0, now
end
breaker[AT] = now
for _, group in ipairs(groups) do forget(group) end

local function circuit()
  if breaker[UNTIL] == 0 then return "closed" end
  return now < breaker[UNTIL] and "open" or "half"
end

local function charge(limit, weight, priority)
  return math.max(1, math.min(weight, limit.ceilings[priority + 1]))
end

local function forget_ticket(indexes, id)
  for _, index in ipairs(indexes) do groups[index].tickets[id] = nil end
end

-- What was heard

local function land(group, granted, lane, weight)
  local key = key_of(math.floor(granted / group.limit.step_ms), FLYING + lane)
  local left = (group.used[key] or 0) - weight
  group.used[key] = nil
  if left > 0 then group.used[key] = left end
  note(group, now, lane, weight)
end

local function hear_remaining(group, heard)
  local own, others = by_priority(group)
  local known = own[0] + own[1] + own[2] + own[3] + others
  local unknown = group.limit.calls - known - heard.remaining
  if unknown > 0 then note(group, now, OTHERS, unknown) end
  if heard.remaining == 0 and heard.outcome == C.answered then
    local until_ms = now + math.min(heard.told_ms, C.patience)
    group.paused = math.max(group.paused, until_ms)
    group.exits_paused = math.max(group.exits_paused, until_ms)
  end
end

local function slow_down(group, heard)
  if heard.granted_ms >= group.struck then
    group.strikes = group.strikes + 1
    group.struck = now
  end
  local power = math.min(math.max(group.strikes, 1) - 1, 10)
  local doubled = math.min(C.back_off * 2 ^ power, C.longest_back_off)
  local back_off = math.floor(doubled * (0.75 + heard.draw / 2))
  local told = math.min(heard.told_ms, C.patience)
  group.paused = math.max(group.paused, now + math.max(told, back_off))
  local exits = now + math.max(told, C.back_off)
  group.exits_paused = math.max(group.exits_paused, exits)
end

local function hear_breaker(heard, is_ban)
  local is_long = heard.outcome == C.slowed and heard.told_ms > C.patience
  if is_ban or is_long then
    if heard.granted_ms >= breaker[SINCE] then breaker[BANS] = breaker[BANS] + 1 end
    local power = math.min(math.max(breaker[BANS], 1) - 1, 10)
    local doubled = math.min(C.ban * 2 ^ power, C.longest_ban)
    local ban = heard.told_ms
    if ban == 0 then ban = math.floor(doubled * (1 + heard.draw / 4)) end
    breaker[UNTIL] = math.max(breaker[UNTIL], now + ban)
    breaker[SINCE], breaker[PROBE] = now, 0
    return
  end
  if breaker[UNTIL] == 0 or heard.granted_ms < breaker[UNTIL] then return end
  if heard.outcome == C.silent then
    breaker[PROBE] = math.min(breaker[PROBE], now + C.nap)
  else
    breaker[UNTIL], breaker[BANS], breaker[PROBE], breaker[SINCE] = 0, 0, 0, 0
  end
end

local function hear(heard)
  local struck = false
  for _, index in ipairs(heard.limits) do
    struck = struck or groups[index].strikes > 0
  end
  local is_ban = heard.outcome == C.banned
    or (heard.outcome == C.doubted and struck)
  for _, index in ipairs(heard.limits) do
    local group = groups[index]
    local weight = charge(group.limit, heard.weight, heard.priority)
    land(group, heard.granted_ms, heard.priority, weight)
    if heard.remaining >= 0 then hear_remaining(group, heard) end
    if heard.outcome == C.slowed then
      slow_down(group, heard)
    elseif heard.outcome == C.answered and heard.granted_ms >= group.struck then
      group.strikes = 0
    end
  end
  hear_breaker(heard, is_ban)
end

-- The question

local function waiting_in(group)
  local found = { [0] = 0, 0, 0, 0 }
  for _, t in pairs(group.tickets) do
    found[t.priority] = found[t.priority] + t.weight
  end
  return found
end

local function earlier_than(group, ask)
  local born, sum = ask.born_ms > 0 and ask.born_ms or group.at, 0
  for _, t in pairs(group.tickets) do
    local is_before = t.born < born or (t.born == born and t.id < ask.ticket)
    if t.priority == ask.priority and t.id ~= ask.ticket and is_before then
      sum = sum + t.weight
    end
  end
  return sum
end

local function lacking_in(group, ask)
  local limit, priority = group.limit, ask.priority
  local own, others = by_priority(group)
  local waiting, earlier = waiting_in(group), earlier_than(group, ask)
  local need = own[0] + own[1] + own[2] + own[3] + earlier
  need = need + charge(limit, ask.weight, priority)
  if priority == 0 then return need - limit.calls end
  need = need + others + waiting[0]
  if own[priority] + earlier < limit.floors[priority + 1] then
    return need - limit.ceilings[2]
  end
  for before = 1, priority - 1 do need = need + waiting[before] end
  for after = priority + 1, 3 do
    local due = math.max(0, limit.floors[after + 1] - own[after])
    need = need + math.min(waiting[after], due)
  end
  return need - limit.ceilings[priority + 1]
end

local function is_flying(group)
  for key in pairs(group.used) do
    local over = (math.floor(key / 16) + 1) * group.limit.step_ms + C.flight
    if key % 16 >= FLYING and over > now then return true end
  end
  return false
end

local function freed_at(group, lacking)
  local times = {}
  for key, weight in pairs(group.used) do
    local at = freed(group, key)
    if key % 16 >= FLYING then at = math.max(at - C.flight, now + C.late) end
    times[#times + 1] = { at, weight }
  end
  table.sort(times, function(a, b)
    if a[1] ~= b[1] then return a[1] < b[1] end
    return a[2] < b[2]
  end)
  for _, entry in ipairs(times) do
    lacking = lacking - entry[2]
    if lacking <= 0 then return math.max(entry[1], now + C.shortest) end
  end
  return now + C.nap
end

local function paced_at(group, ask)
  local limit, recent, sum = group.limit, {}, 0
  local since = math.floor(now / limit.step_ms) - C.pace_steps
  for key, weight in pairs(group.used) do
    local step, lane = math.floor(key / 16), key % 16
    if step > since and (lane == 3 or lane == FLYING + 3) then
      recent[#recent + 1] = { step, weight }
      sum = sum + weight
    end
  end
  local weight = charge(limit, ask.weight, ask.priority)
  local lacking = math.min(weight, limit.pace) - limit.pace
  lacking = lacking + earlier_than(group, ask) + sum
  if lacking <= 0 then return now end
  table.sort(recent, function(a, b)
    if a[1] ~= b[1] then return a[1] < b[1] end
    return a[2] < b[2]
  end)
  for _, entry in ipairs(recent) do
    lacking = lacking - entry[2]
    if lacking <= 0 then return (entry[1] + C.pace_steps) * limit.step_ms end
  end
  return now + limit.step_ms * C.pace_steps
end

local function free_at(group, ask)
  local paused = ask.priority == 0 and group.exits_paused or group.paused
  if paused > now then return paused end
  if group.strikes > 0 and ask.priority > 0 and is_flying(group) then
    return now + C.nap
  end
  local lacking = lacking_in(group, ask)
  if lacking > 0 then return freed_at(group, lacking) end
  return ask.priority == 3 and paced_at(group, ask) or now
end

local function answer(ask)
  local state = circuit()
  if state == "open" then
    forget_ticket(ask.limits, ask.ticket)
    return { C.stop, now, breaker[UNTIL], 0 }
  end
  if state == "half" and breaker[PROBE] > now then
    forget_ticket(ask.limits, ask.ticket)
    return { C.stop, now, math.min(breaker[PROBE], now + C.nap), 0 }
  end
  local free = now
  for _, index in ipairs(ask.limits) do
    free = math.max(free, free_at(groups[index], ask))
  end
  if free > now then
    local until_ms = math.max(math.min(free, now + C.nap), now + C.shortest)
    local born = ask.born_ms > 0 and ask.born_ms or now
    for _, index in ipairs(ask.limits) do
      local group = groups[index]
      group.tickets[ask.ticket] = {
        id = ask.ticket, priority = ask.priority,
        weight = charge(group.limit, ask.weight, ask.priority),
        born = born, expires = until_ms + C.grace,
      }
    end
    return { C.wait, now, until_ms, born }
  end
  forget_ticket(ask.limits, ask.ticket)
  for _, index in ipairs(ask.limits) do
    local group = groups[index]
    local weight = charge(group.limit, ask.weight, ask.priority)
    note(group, now, FLYING + ask.priority, weight)
  end
  if state == "half" then breaker[PROBE] = now + C.flight end
  return { C.go, now, now, 0 }
end

for _, entry in ipairs(input.notes) do
  if entry.ticket then
    forget_ticket(entry.limits, entry.ticket)
  else
    hear(entry)
  end
end
local result = input.ask and input.ask ~= cjson.null and answer(input.ask)
  or { C.go, now, now, 0 }

redis.call("HSET", KEYS[1], "", cjson.encode(breaker))
for _, group in ipairs(groups) do
  redis.call("HSET", KEYS[1], group.limit.name, dump(group))
end
redis.call("PEXPIRE", KEYS[1], math.max(input.life_ms, breaker[UNTIL] - now + input.life_ms))
return result
