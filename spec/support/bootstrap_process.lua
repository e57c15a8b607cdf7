--- Runs the built `bootstrap` against fake_rapi and tells what was seen.
local plan = require("plan")
local record = require("record")
local scratch = require("scratch")

local M = {}

local LIMIT_MS = 60000

--- What to run. Exactly one of code, source, files, root says what the task root holds.
---@class bootstrap_process.Options
---@field code string?     the body of the handler function(event, context) in app.lua
---@field source string?   the whole of app.lua
---@field files table<string, string>?  name → text, below the task root
---@field root string?     a task root that is there already
---@field handler string|false?  _HANDLER ("app.handler"); false leaves it unset
---@field events (string|plan.Answer)[]?  the answers to /next, in order ({ "{}" })
---@field posts (integer|plan.Answer)[]?  the answers to posts, in order (202 for all)
---@field plan string[]?   more lines for the plan (fake_plan.h)
---@field env table<string, string|false>?  on top of what Lambda sets; false unsets
---@field args string[]?   arguments for bootstrap
---@field shell string?    starts it through sh, "$@" being the command: 'ulimit -v 60000; exec "$@"'
---@field inspect fun(folder: scratch.Folder)?  sees what was recorded ("seen/upload-1") before it is removed

--- What was seen. The array part holds the posts.
---@class bootstrap_process.Seen
---@field requests record.Request[]  all of them
---@field nexts record.Request[]     those to /next
---@field exit integer?              the exit status; nil after a signal
---@field signal integer?
---@field connections integer        TCP connections that were accepted
---@field unused integer             events that were not asked for
---@field stdout string
---@field stderr string
---@field root string                the task root, gone by now unless it was given

local function quote(word)
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

--- The folder of the built programs.
---@return string
function M.bin()
  local bin = os.getenv("LUNAMBDA_BIN")
  if not bin then
    error("LUNAMBDA_BIN is not set: it must name the folder of the built bootstrap, e.g. build/dev/bin", 0)
  end
  if bin:sub(1, 1) ~= "/" then
    bin = require("lfs").currentdir() .. "/" .. bin
  end
  return bin
end

--- Source in which TICK stands where a loop goes round. ThreadSanitizer keeps signals back until the program calls
--- the C library; a build with it gets a call there, every other one nothing.
---@param source string
---@return string
function M.tick(source)
  return (source:gsub("TICK", os.getenv("LUNAMBDA_SANITIZE") == "thread" and "os.time()" or ""))
end

local function fill_task_root(here, options)
  if options.root then
    return options.root
  end
  local files = options.files
  if not files then
    local handler = "return { handler = function(event, context) %s end }"
    files = { ["app.lua"] = options.source or handler:gsub("%%s", function() return options.code end) }
  end
  for name, text in pairs(files) do
    here:write("task/" .. name, text)
  end
  return here:folder("task")
end

local function lambda_env(root, handler)
  return {
    _HANDLER = handler == nil and "app.handler" or handler,
    LAMBDA_TASK_ROOT = root,
    AWS_REGION = "eu-central-1",
    AWS_DEFAULT_REGION = "eu-central-1",
    AWS_LAMBDA_FUNCTION_NAME = "scripted",
    AWS_LAMBDA_FUNCTION_VERSION = "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE = "512",
    AWS_LAMBDA_INITIALIZATION_TYPE = "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME = "/aws/lambda/scripted",
    AWS_LAMBDA_LOG_STREAM_NAME = "2026/11/20/[$LATEST]0123456789abcdef",
    LANG = "en_US.UTF-8",
    TZ = ":UTC",
  }
end

local function write_plan(here, root, options)
  local lines = { "limit " .. LIMIT_MS, "cd " .. root }
  table.move(options.plan or {}, 1, #(options.plan or {}), #lines + 1, lines)
  local env = lambda_env(root, options.handler)
  for name, value in pairs(options.env or {}) do
    env[name] = value
  end
  plan.add_env(lines, env)
  for _, answer in ipairs(options.events or { "{}" }) do
    plan.add_event(lines, answer, here)
  end
  for _, answer in ipairs(options.posts or {}) do
    plan.add_post(lines, answer, here)
  end
  return here:write("plan", table.concat(lines, "\n") .. "\n")
end

local UPLOAD_LIMIT_BYTES = 32 * 1024 * 1024 -- larger ones are left to `inspect`

local function add_bodies(requests, here)
  for _, request in ipairs(requests) do
    if request.upload and request.upload.bytes <= UPLOAD_LIMIT_BYTES then
      request.body = here:read("seen/upload-" .. request.upload.number)
    end
  end
end

local function sort_requests(seen, requests)
  seen.requests, seen.nexts = requests, {}
  for _, request in ipairs(requests) do
    local list = request.method == "GET" and seen.nexts or seen
    list[#list + 1] = request
  end
end

--- Runs bootstrap until the events are used up, and waits for its end.
---@param options bootstrap_process.Options
---@return bootstrap_process.Seen
function M.run(options)
  local here <close> = scratch.new()
  local root = fill_task_root(here, options)
  local words = { M.bin() .. "/fake_rapi", write_plan(here, root, options), here:folder("seen"), "--" }
  if options.shell then
    table.move({ "/bin/sh", "-c", options.shell, "sh" }, 1, 4, #words + 1, words)
  end
  words[#words + 1] = M.bin() .. "/bootstrap"
  table.move(options.args or {}, 1, #(options.args or {}), #words + 1, words)
  for index, word in ipairs(words) do
    words[index] = quote(word)
  end
  local complaint = here.path .. "/complaint"
  if not os.execute(table.concat(words, " ") .. " >/dev/null 2>" .. quote(complaint)) then
    error(("%s%s"):format(here:read("complaint") or "", here:read("seen/stderr") or ""), 2)
  end
  local seen = record.outcome(here:read("seen/outcome"))
  if seen.exit == 127 then
    error(here:read("seen/stderr"), 2) -- there is no bootstrap
  end
  seen.root, seen.stdout, seen.stderr = root, here:read("seen/stdout"), here:read("seen/stderr")
  local requests = record.requests(here:read("seen/requests") or "")
  add_bodies(requests, here)
  sort_requests(seen, requests)
  if options.inspect then
    options.inspect(here)
  end
  return seen
end

--- The bodies of the posts of a run, in order.
---@param options bootstrap_process.Options
---@return string[]
function M.answers(options)
  local bodies = {}
  for index, post in ipairs(M.run(options)) do
    bodies[index] = post.body
  end
  return bodies
end

--- How often a plain text occurs in another.
---@return integer
function M.count(text, part)
  local count, at = 0, 1
  while true do
    local first, last = text:find(part, at, true)
    if not first then
      return count
    end
    count, at = count + 1, last + 1
  end
end

return M
