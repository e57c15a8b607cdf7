--- Plans for fake_rapi: Lua tables into the lines that runtime/test/fake_plan.h describes.
local M = {}

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map or {}) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  return keys
end

--- One answer of the fake.
---@class plan.Answer
---@field status integer?    for /next: answers with this status and no headers of its own (an event has them)
---@field drop boolean?      closes the connection without an answer
---@field reset boolean?     the same by a TCP reset
---@field term boolean?      sends SIGTERM instead, and answers no more (fake_plan.h)
---@field post integer?      of an event: the status that answers its post
---@field body string?       any bytes
---@field string integer?    instead of body: a JSON string of so many bytes in all
---@field headers table?     name → value
---@field without string[]?  headers of an event to leave out
---@field case string?       "lower" or "upper"
---@field early string[]?    "103 Name: value"
---@field chunks integer[]?  chunk sizes, the last one repeated
---@field pause integer[]?   { after bytes, ms }
---@field cut integer?       closes the connection after so many bytes of the body
---@field deadline_ms integer?  of an event: so long after it is sent
---@field close boolean?     closes the connection after the answer
---@field slow integer[]?    { bytes, ms }: reads an upload in such pieces, with a pause before each
---@field stall integer?     stops reading an upload after so many bytes of its body
---@field breakoff integer?  resets the connection after so many
---@field refuse integer?    answers after so many, without waiting for the rest
---@field kill boolean?      kills the program when the answer is sent
---@field times integer?     for so many requests (1)

local function add_body(lines, answer, folder)
  if answer.string then
    lines[#lines + 1] = "string " .. answer.string
  elseif answer.body then
    local name = "bodies/" .. #lines
    lines[#lines + 1] = "file " .. folder:write(name, answer.body)
  end
end

local function add_details(lines, answer)
  for _, name in ipairs(sorted_keys(answer.headers)) do
    lines[#lines + 1] = ("header %s: %s"):format(name, answer.headers[name])
  end
  for _, word in ipairs({ "without", "early" }) do
    for _, line in ipairs(answer[word] or {}) do
      lines[#lines + 1] = word .. " " .. line
    end
  end
  for _, word in ipairs({ "chunks", "pause", "slow" }) do
    if answer[word] then
      lines[#lines + 1] = word .. " " .. table.concat(answer[word], " ")
    end
  end
  if answer.post then
    lines[#lines + 1] = "answer " .. answer.post
  end
  for word, value in pairs({
    case = answer.case, cut = answer.cut, ["repeat"] = answer.times,
    stall = answer.stall, breakoff = answer.breakoff, refuse = answer.refuse,
    deadline = answer.deadline_ms,
  }) do
    lines[#lines + 1] = word .. " " .. value
  end
  for _, word in ipairs({ "close", "kill" }) do
    lines[#lines + 1] = answer[word] and word or nil
  end
end

local function what_to_say(answer)
  return answer.drop and "drop" or answer.reset and "reset" or answer.term and "term" or answer.status
end

--- Adds the answer to one /next (a string is an event with that body).
---@param lines string[]
---@param answer plan.Answer|string
---@param folder scratch.Folder  where bodies are kept
function M.add_event(lines, answer, folder)
  answer = type(answer) == "string" and { body = answer } or answer
  local say = what_to_say(answer)
  lines[#lines + 1] = say and "next " .. say or "event"
  add_body(lines, answer, folder)
  add_details(lines, answer)
end

--- Adds the answer to one post (a number is a status whose body gives the reason "scripted NUMBER").
---@param lines string[]
---@param answer plan.Answer|integer
---@param folder scratch.Folder
function M.add_post(lines, answer, folder)
  if math.type(answer) == "integer" then
    local reason = '{"errorMessage":"scripted %d","errorType":"Scripted"}'
    answer = { status = answer, body = answer ~= 204 and reason:format(answer) or nil }
  end
  lines[#lines + 1] = "post " .. what_to_say(answer)
  add_body(lines, answer, folder)
  add_details(lines, answer)
end

--- Adds the environment; false unsets.
---@param lines string[]
---@param env table<string, string|false>
function M.add_env(lines, env)
  for _, name in ipairs(sorted_keys(env)) do
    local value = env[name]
    lines[#lines + 1] = value and ("env %s=%s"):format(name, value) or "unset " .. name
  end
end

return M
