--- A program that is run once: lambda.exec({ "./convert", "-", stdin = text }). docs/worker.md is the manual.
local errors = require("lambda.errors")
local program = require("lambda.program")

-- A handler that forgets `local` may overwrite any global.
local string = string
local error, type = error, type

local M = {}

local WHO = "lambda.exec"

--- The array part is the command, word by word; or [1] is a table of its words.
---@class lambda.exec.Options
---@field [integer] string|string[]
---@field stdin string?            what it reads; default: nothing
---@field env table<string, string|false>?  on top of ours; false hides a variable
---@field cwd string?              relative to the task root; default: where we are
---@field timeout_ms integer?      in any case it is given up before the event's time is up
---@field max_output_bytes integer?  of standard output and standard error, each; default 6 MiB

---@class lambda.exec.Result
---@field stdout string
---@field stderr string
---@field status integer?  its exit status; nil when a signal ended it
---@field signal integer?

local function failure(type_name, ...)
  return nil, errors.new(type_name, string.format(...))
end

--- Runs a program to its end. nil and a typed error when it did not start, took too long, or said too much.
---@param options lambda.exec.Options
---@return lambda.exec.Result?
---@return lambda.Error?
function M.run(options)
  if type(options) ~= "table" then
    error(string.format("bad argument #1 to '%s' (a table expected, got %s)", WHO, type(options)), 2)
  end
  local input = options.stdin or ""
  if type(input) ~= "string" then
    error(string.format("%s: stdin must be a string, not a %s", WHO, type(input)), 2)
  end
  local limit_bytes = program.check_count(WHO, options, "max_output_bytes", program.ANSWER_LIMIT_BYTES, 0)
  local timeout_ms = program.check_count(WHO, options, "timeout_ms", nil, 1)
  local plan = program.plan(WHO, #options == 1 and options[1] or options, options)
  plan.leads_group, plan.keeps_stderr = true, true

  local until_ms = program.until_ms(timeout_ms)
  local process <close>, why = program.start(plan)
  if not process then
    return failure("ExecNotStarted", "%s", why)
  end
  process:ask(program.left_ms(until_ms), limit_bytes, "all")
  local state, stdout = program.converse(process, input, true)
  local has_ended, status, signal
  if state == "answered" then
    has_ended, status, signal = process:wait(program.left_ms(until_ms))
  end
  if has_ended then
    return { stdout = stdout, stderr = process:err_text(), status = status, signal = signal }
  elseif state == "too long" then
    return failure("ExecOutputTooLarge", "%s wrote more than %d bytes, and was killed", plan.file, limit_bytes)
  elseif state == "starved" then
    return failure("ExecOutputTooLarge", "there was no memory for the output of %s, which was killed", plan.file)
  end
  return failure("ExecTimedOut", "%s took too long, and was killed with all that it started", plan.file)
end

return M
