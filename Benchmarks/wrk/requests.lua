-- Sends the requests of a file, over and over. Arguments after "--", each as name=value:
--   requests  the file: before each request stands a line with its length in bytes
--   status    if given, every answer must have it; what has another one is counted
--
-- Every request is read before the run, so that wrk spends its time on sending and not on strings.

local threads = {}

function setup(thread)
   thread:set("thread_index", #threads)
   table.insert(threads, thread)
end

local function options_from(arguments)
   local options = {}
   for _, argument in ipairs(arguments) do
      local name, value = argument:match("^([%w-]+)=(.*)$")
      options[name] = value
   end
   return options
end

local function requests_from(path)
   local file = assert(io.open(path, "rb"))
   local requests = {}
   for line in file.lines(file) do
      requests[#requests + 1] = file:read(tonumber(line))
   end
   file:close()
   return requests
end

-- wrk counts statuses above 399 by itself. Looking at each costs it half a microsecond, so that is done
-- only where such a status is the right one.
local function count_other_statuses(wanted)
   function response(status)
      if status ~= wanted then other_statuses = other_statuses + 1 end
   end
end

other_statuses = 0
local requests
local position

function init(arguments)
   local options = options_from(arguments)
   requests = requests_from(options.requests)
   if options.status then count_other_statuses(tonumber(options.status)) end
   -- Threads start in different places, or they would ask for the same keys at the same time.
   position = thread_index * math.floor(#requests / 3)
end

function request()
   position = position % #requests + 1
   return requests[position]
end

function done(summary, latency)
   local errors, others = summary.errors, 0
   for _, thread in ipairs(threads) do others = others + thread:get("other_statuses") end
   print(string.format(
      'result {"requests": %d, "microseconds": %d, "bytes": %d, "other_statuses": %d, '
      .. '"errors": {"connect": %d, "read": %d, "write": %d, "timeout": %d, "status": %d}, '
      .. '"latency_microseconds": {"p50": %d, "p99": %d, "max": %d}}',
      summary.requests, summary.duration, summary.bytes, others,
      errors.connect, errors.read, errors.write, errors.timeout, errors.status,
      latency:percentile(50), latency:percentile(99), latency.max))
end
