--- Other programs: what lambda.exec and lambda.worker have in common. docs/worker.md is the manual; the work is done
--- in C (runtime/native_process.c).
local native = require("lambda.native")

-- A handler that forgets `local` may overwrite any global.
local string = string
local concat, error, getenv, ipairs, math_type, min, next, require, sort, tointeger, tostring, type = table.concat,
  error, os.getenv, ipairs, math.type, math.min, next, require, table.sort, math.tointeger, tostring, type

local library = native.process()

local M = {}

--- As in runtime/settings.c, where it is checked, and a little more: we give up before the guard strikes, for we know
--- what we wait for, and can still say so.
local MARGIN_MS = (tointeger(getenv("LUNAMBDA_DEADLINE_MARGIN_MS")) or 100) + 50
local MARGIN_PART = 5 -- at most one of so many parts of the time
local NO_EVENT_MS = 60 * 1000 -- where nothing else sets a limit: while a file loads, in a test
local COUNT_LIMIT = 1 << 30 -- as in runtime/native_question.c

M.ANSWER_LIMIT_BYTES = 6 * 1024 * 1024

---@class lambda.program.Plan
---@field file string        a path, or a name that is looked for in PATH
---@field argv string[]      argv[1] as the caller has it
---@field added string[]     "NAME=value"
---@field hidden table<string, true>  names of our environment that it does not see
---@field cwd string?          absolute
---@field leads_group boolean  signals go to what it started as well
---@field keeps_stderr boolean else each line of it is a record of the log
---@field stderr_level integer as in runtime/log.h

--- A userdata (runtime/native_process.c).
---@class lambda.program.Process

local function task_root()
  return getenv("LAMBDA_TASK_ROOT") or native.working_directory() or "."
end

--- A path as it is meant: relative to the task root.
local function resolve(path)
  if string.sub(path, 1, 1) == "/" then
    return path
  end
  return task_root() .. "/" .. string.gsub(path, "^%./+", "")
end

--- Words for exec; raises at the caller's caller.
---@param who string      "lambda.exec"
---@param command any
---@return string[]
local function check_argv(who, command)
  local words = command
  if type(command) == "string" then
    if string.find(command, "%s") then
      error(string.format("%s starts no shell: give the words as a table, { \"ls\", \"-l\" }, not '%s'", who,
        command), 4)
    end
    words = { command }
  elseif type(command) ~= "table" then
    error(string.format("%s: the command must be a string or a table of words, not a %s", who, type(command)), 4)
  end
  local argv = {}
  for index, word in ipairs(words) do
    if type(word) ~= "string" or string.find(word, "\0", 1, true) then
      error(string.format("%s: word %d of the command must be a string without NUL bytes, not a %s", who, index,
        type(word)), 4)
    end
    argv[index] = word
  end
  for index in next, words do
    if math_type(index) == "integer" and index > #argv then
      error(string.format("%s: word %d of the command is nil", who, #argv + 1), 4)
    end
  end
  if (argv[1] or "") == "" then
    error(who .. ": the command is empty", 4)
  end
  return argv
end

--- Why that is no variable of an environment; nil when it is one.
local function fault_of(name, value)
  if type(name) ~= "string" or name == "" or string.find(name, "[=\0]") then
    return string.format("env has the name '%s', which no variable can have", tostring(name))
  elseif value ~= false and (type(value) ~= "string" or string.find(value, "\0", 1, true)) then
    return string.format("env.%s must be a string without NUL bytes, or false, not a %s", name, type(value))
  end
end

--- The environment: what is added to ours, what is left out of it.
local function check_env(who, env)
  local added, hidden = {}, {}
  if env ~= nil and type(env) ~= "table" then
    error(string.format("%s: env must be a table of names to strings, not a %s", who, type(env)), 4)
  end
  for name, value in next, env or {} do
    local fault = fault_of(name, value)
    if fault then
      error(who .. ": " .. fault, 4)
    end
    hidden[name] = true
    added[#added + 1] = value and name .. "=" .. value or nil
  end
  sort(added)
  return added, hidden
end

local function check_cwd(who, cwd)
  if cwd ~= nil and (type(cwd) ~= "string" or cwd == "") then
    error(string.format("%s: cwd must be the path of a folder, not a %s", who, type(cwd)), 4)
  end
  return cwd and resolve(cwd)
end

--- A count that options give, or its default; raises at the caller's caller.
---@param who string
---@param options table
---@param name string
---@param default integer?
---@param least integer
---@return integer?
function M.check_count(who, options, name, default, least)
  local value = options[name]
  if value == nil then
    return default
  end
  local count = type(value) == "number" and tointeger(value)
  if not count or count < least or count > COUNT_LIMIT then
    error(string.format("%s: %s must be an integer from %d to %d, not %s", who, name, least, COUNT_LIMIT,
      tostring(value)), 3)
  end
  return count
end

--- One of some names that options give, or its default; raises at the caller's caller.
---@param who string
---@param options table
---@param name string
---@param default string
---@param valid string[]
---@return string
function M.check_choice(who, options, name, default, valid)
  local value = options[name]
  if value == nil then
    return default
  end
  for _, choice in ipairs(valid) do
    if value == choice then
      return value
    end
  end
  error(string.format("%s: %s must be one of %s, not '%s'", who, name, concat(valid, ", "), tostring(value)), 3)
end

--- What to start, checked; raises at the caller's caller.
---@param who string  "lambda.exec"
---@param command string|string[]
---@param options { env: table<string, string|false>?, cwd: string? }
---@return lambda.program.Plan
function M.plan(who, command, options)
  local argv = check_argv(who, command)
  local added, hidden = check_env(who, options.env)
  return {
    argv = argv, added = added, hidden = hidden, cwd = check_cwd(who, options.cwd),
    file = string.find(argv[1], "/", 1, true) and resolve(argv[1]) or argv[1],
    leads_group = false, keeps_stderr = false, stderr_level = 4,
  }
end

--- Starts it; or nil, and why not.
---@param plan lambda.program.Plan
---@return lambda.program.Process?
---@return string?
function M.start(plan)
  local process, said, code = library.start(plan.file, plan.argv, plan.added, plan.hidden, plan.cwd,
    plan.leads_group, plan.keeps_stderr, plan.stderr_level)
  if process then
    return process
  end
  local why = require("lambda.program_failure").explain(plan, code, said)
  return nil, string.format("%s does not start: %s", plan.file, why)
end

--- When to give up, by native.now_ms: after timeout_ms, or shortly before the event's time is up, whichever is first.
---@param timeout_ms integer?
---@return integer until_ms
function M.until_ms(timeout_ms)
  local now_ms, deadline_ms = native.now_ms(), library.deadline_ms()
  local left_ms = timeout_ms
  if deadline_ms then
    local event_ms = deadline_ms - now_ms
    event_ms = event_ms - min(MARGIN_MS, event_ms // MARGIN_PART)
    left_ms = min(left_ms or event_ms, event_ms)
  end
  return now_ms + (left_ms or NO_EVENT_MS)
end

---@param until_ms integer
---@return integer
function M.left_ms(until_ms)
  return until_ms - native.now_ms()
end

--- Puts the question that process:ask began. Between two parts of it the deadline guard may raise.
---@param process lambda.program.Process
---@param input string
---@param is_last boolean?
---@return string state  see runtime/native_question.c
---@return string? answer
function M.converse(process, input, is_last)
  local state, answer
  repeat
    state, answer = process:go(input, is_last)
  until state ~= "interrupted"
  return state, answer
end

--- Words for how it ended.
---@param status integer?
---@param signal_name string?
---@return string
function M.describe_exit(status, signal_name)
  return status and "exited with status " .. status or signal_name and "was ended by " .. signal_name or "ended"
end

return M
