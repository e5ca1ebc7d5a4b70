-- For wrk: one POST again and again, every answer checked; the outcome as a line of JSON.
-- Arguments: the body, and the text that has to stand in each answer.

local expected
local request_bytes
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(arguments)
  expected = arguments[2]
  request_bytes = wrk.format("POST", nil, { ["Content-Type"] = "application/json" }, arguments[1])
  wrong, said = 0, ""
end

function request()
  return request_bytes
end

function response(status, headers, body)
  if status ~= 200 or not string.find(body, expected, 1, true) then
    if wrong == 0 then
      said = status .. " " .. string.sub(body, 1, 300)
    end
    wrong = wrong + 1
  end
end

local function quoted(text)
  return '"' .. string.gsub(text, '[%c"\\]', function(each) return string.format("\\u%04x", string.byte(each)) end) .. '"'
end

function done(summary, latency, requests)
  local wrong_ones, first = 0, ""
  for _, thread in ipairs(threads) do
    wrong_ones = wrong_ones + thread:get("wrong")
    if first == "" then
      first = thread:get("said")
    end
  end
  local errors = summary.errors
  local broken = errors.connect + errors.read + errors.write + errors.timeout
  if broken > 0 and first == "" then
    first = broken .. " requests had no answer"
  end
  print(string.format('{"requests": %d, "wrong": %d, "seconds": %.6f, "median": %.9f, "p99": %.9f, "said": %s}',
    summary.requests, wrong_ones + broken, summary.duration / 1e6, latency:percentile(50) / 1e6,
    latency:percentile(99) / 1e6, quoted(first)))
end
