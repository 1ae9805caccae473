-- A wrk script whose answers are checked. Run with as many threads as connections: a thread then has one
-- request under way at a time, so an answer is known to belong to the request before it.
--
-- Arguments: state file, number of threads, share of PUTs (0 to 1), think time in ms.
--
-- The state file has a line `key floor sent` per key. Thread t alone writes every key whose number is t
-- modulo the number of threads, with a counter that only rises, so it knows what a read may answer:
--   floor  the counter of the last acknowledged PUT, or seen since: anything lower is stale;
--   sent   the highest counter ever sent: anything higher was never written.
-- Of the other keys it knows only what it has seen: their counters must not fall.
-- done() writes the file anew for the next run, and prints the figures as one line of JSON.

local bit = require "bit"
local threads = {}

local crc_table = {}
for n = 0, 255 do
  local c = n
  for _ = 1, 8 do
    c = bit.band(c, 1) == 1 and bit.bxor(0xEDB88320, bit.rshift(c, 1)) or bit.rshift(c, 1)
  end
  crc_table[n] = c
end

local function crc32(text)
  local c = bit.bnot(0)
  for i = 1, #text do
    c = bit.bxor(crc_table[bit.band(bit.bxor(c, text:byte(i)), 255)], bit.rshift(c, 8))
  end
  return bit.tohex(bit.bnot(c))
end

local function make_value(key, counter) -- as values.py
  local padding = string.rep(string.char(97 + counter % 26), 64 + counter * 37 % 448)
  local text = key .. "|" .. counter .. "|" .. padding
  return text .. "|" .. crc32(text)
end

local function counter_in(body, key)
  local text, checksum = body:match("^(.*)|(%x+)$")
  if not text or crc32(text) ~= checksum then return nil end
  local owner, counter = text:match("^([^|]*)|(%d+)|")
  return owner == key and tonumber(counter) or nil
end

local function read_state(path)
  local keys, floor, sent = {}, {}, {}
  for line in io.lines(path) do
    local key, low, high = line:match("^(%S+) (%d+) (%d+)$")
    keys[#keys + 1], floor[#floor + 1], sent[#sent + 1] = key, tonumber(low), tonumber(high)
  end
  return keys, floor, sent
end

function setup(thread)
  thread:set("id", #threads)
  threads[#threads + 1] = thread
end

-- Per thread. Globals are what done() can read from a thread.
function init(arguments)
  state_file = arguments[1]
  thread_count, put_share, think_ms = tonumber(arguments[2]), tonumber(arguments[3]), tonumber(arguments[4])
  keys, floor, sent = read_state(state_file)
  statuses, example = {}, ""
  wrong, stale, falling, misses = 0, 0, 0, 0
  announced = id ~= thread_count - 1
  own_count = math.floor((#keys - id - 1) / thread_count) + 1
  math.randomseed(id + 1)
end

-- wrk sets its threads up one after the other, each starting at once. The first would keep the machine
-- so busy that the last takes seconds, so all hold off at first: 0.5 s is several times what it takes.
local held_off = false

function delay()
  if held_off then return think_ms end
  held_off = true
  return 500
end

local function random_own() return math.random(0, own_count - 1) * thread_count + id + 1 end

local function is_own(number) return (number - 1) % thread_count == id end

-- The last thread says that all are under way.
local function announce()
  announced = true
  io.stderr:write("running\n")
end

function request()
  if not announced then announce() end
  if math.random() < put_share then
    asked, method = random_own(), "PUT"
    sent[asked] = sent[asked] + 1
    return wrk.format("PUT", "/keys/" .. keys[asked], nil, make_value(keys[asked], sent[asked]))
  end
  asked, method = math.random() < 0.5 and random_own() or math.random(#keys), "GET"
  return wrk.format("GET", "/keys/" .. keys[asked])
end

local function note(what)
  if example == "" then example = what end
end

local function judge_value(body)
  local key, counter = keys[asked], counter_in(body, keys[asked])
  if not counter or is_own(asked) and counter > sent[asked] then
    wrong = wrong + 1
    note("GET " .. key .. " answered " .. body:sub(1, 80))
  elseif counter < floor[asked] then
    if is_own(asked) then stale = stale + 1 else falling = falling + 1 end
    note("GET " .. key .. " answered " .. counter .. " after " .. floor[asked])
  else
    floor[asked] = counter
  end
end

function response(status, _, body)
  local name = method .. " " .. status
  statuses[name] = (statuses[name] or 0) + 1
  if status == 204 and method == "PUT" then floor[asked] = sent[asked] end
  if status == 200 and method == "GET" then judge_value(body) end
  if status == 404 and method == "GET" then misses = misses + 1 end
end

local function total(name)
  local sum = 0
  for _, thread in ipairs(threads) do sum = sum + thread:get(name) end
  return sum
end

local function total_statuses()
  local sums = {}
  for _, thread in ipairs(threads) do
    for name, count in pairs(thread:get("statuses")) do sums[name] = (sums[name] or 0) + count end
  end
  local fields = {}
  for name, count in pairs(sums) do fields[#fields + 1] = string.format('"%s":%d', name, count) end
  return "{" .. table.concat(fields, ",") .. "}"
end

local function first_example()
  for _, thread in ipairs(threads) do
    if thread:get("example") ~= "" then return thread:get("example") end
  end
  return ""
end

local function write_state(path)
  local names, floors, sents = {}, {}, {}
  for t, thread in ipairs(threads) do
    floors[t], sents[t] = thread:get("floor"), thread:get("sent")
  end
  names = threads[1]:get("keys")
  local file = assert(io.open(path, "w"))
  for number, key in ipairs(names) do
    local owner = (number - 1) % #threads + 1
    file:write(string.format("%s %d %d\n", key, floors[owner][number], sents[owner][number]))
  end
  file:close()
end

function done(summary, latency)
  write_state(threads[1]:get("state_file"))
  local errors = summary.errors
  print("JSON " .. string.format(
    '{"requests":%d,"seconds":%.3f,"p50":%.6f,"p99":%.6f,"max":%.6f,"socket errors":%d,"timeouts":%d,'
      .. '"wrong":%d,"stale":%d,"falling":%d,"misses":%d,"statuses":%s,"example":"%s"}',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e6, latency:percentile(99) / 1e6,
    latency.max / 1e6, errors.connect + errors.read + errors.write, errors.timeout, total("wrong"),
    total("stale"), total("falling"), total("misses"), total_statuses(),
    (first_example():gsub('[%c"\\]', "?"))))
end
