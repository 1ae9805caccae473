-- Walks the keys in a shuffled order, over and over. Arguments after "--", each as name=value:
--   keys           how many keys there are
--   seed           of the shuffle: the same seed walks in the same order
--   writes-in-ten  how many of ten requests are PUTs: 0, 1 or 10
--   ttl            of what is PUT, in seconds
--   value-size     of what is PUT, in bytes
--   values         file with all values, one after the other, in the order of their keys
--
-- Every request is built before the run, so that wrk spends its time on sending and not on strings.

local thread_count = 0

function setup(thread)
   thread:set("thread_index", thread_count)
   thread_count = thread_count + 1
end

local function options_from(arguments)
   local options = {}
   for _, argument in ipairs(arguments) do
      local name, value = argument:match("^([%w-]+)=(.*)$")
      options[name] = tonumber(value) or value
   end
   return options
end

local function path(index)
   return string.format("/keys/bench-%05d", index)
end

local function gets(options)
   local built = {}
   for index = 0, options.keys - 1 do
      built[index] = wrk.format("GET", path(index))
   end
   return built
end

local function puts(options)
   local built = {}
   if options["writes-in-ten"] == 0 then return built end
   local file = assert(io.open(options.values, "rb"))
   for index = 0, options.keys - 1 do
      local target = string.format("%s?ttl=%d", path(index), options.ttl)
      built[index] = wrk.format("PUT", target, nil, file:read(options["value-size"]))
   end
   file:close()
   return built
end

local function shuffled(count, seed)
   math.randomseed(seed)
   local order = {}
   for index = 0, count - 1 do
      local other = math.random(0, index)
      order[index] = order[other]
      order[other] = index
   end
   return order
end

-- Ten walks over the keys. Each key is PUT in as many of them as is asked for; which, differs from key
-- to key, so PUTs lie scattered among GETs.
local function ten_walks(options)
   local get, put = gets(options), puts(options)
   local order = shuffled(options.keys, options.seed)
   local sequence = {}
   for walk = 0, 9 do
      for position = 0, options.keys - 1 do
         local index = order[position]
         local writes = (index + walk) % 10 < options["writes-in-ten"]
         sequence[#sequence + 1] = writes and put[index] or get[index]
      end
   end
   return sequence
end

local sequence
local position

function init(arguments)
   local options = options_from(arguments)
   sequence = ten_walks(options)
   -- Threads start in different places, or they would ask for the same keys at the same time.
   position = thread_index * math.floor(options.keys / 3)
end

function request()
   position = position % #sequence + 1
   return sequence[position]
end

function done(summary, latency)
   local errors = summary.errors
   print(string.format(
      'result {"requests": %d, "microseconds": %d, "bytes": %d, '
      .. '"errors": {"connect": %d, "read": %d, "write": %d, "timeout": %d, "status": %d}, '
      .. '"latency_microseconds": {"p50": %d, "p99": %d, "max": %d}}',
      summary.requests, summary.duration, summary.bytes,
      errors.connect, errors.read, errors.write, errors.timeout, errors.status,
      latency:percentile(50), latency:percentile(99), latency.max))
end
