--- What C holds of Lua: three functions. Bytes and values in, values out; no I/O of its own.
local context = require("lambda.context")
local handlers = require("lambda.handler")
local paths = require("lambda.paths")
local native = require("lambda.native")

local find = string.find
local current_headers, raw_mt, stream_mt = native.log.headers, native.json.raw_mt, native.stream_mt

-- A handler that forgets `local` may overwrite any global.
local error, getmetatable, require, type = error, getmetatable, require, type

---@class lambda.Boot
---@field load fun(): string  the convention (lambda.conventions); raises what errors.describe can tell apart
--- The result and its content type; or nil, the content type and a stream that is still to be run.
---@field dispatch fun(event: any, headers: string): any, string?, lambda.Stream?
---@field describe fun(raised: any, traceback: string, stage: string, late: string?): table, string, string?

---@param settings lambda.Settings  see lambda.context
---@return lambda.Boot
return function(settings)
  local new_context = context.factory(settings)
  local is_shared, script_end, references = settings.is_shared, settings.script_end, settings.references
  local default_convention = settings.convention or "json"
  settings.is_shared, settings.convention, settings.script_end = nil, nil, nil -- contexts show the others
  settings.references = nil
  if is_shared then
    new_context = require("lambda.shared").enter(new_context)
  end
  local handler, current

  local function load()
    package.path, package.cpath = paths.lua(settings), paths.c(settings)
    package.searchers[#package.searchers + 1] = paths.stand_in
    if references then
      require("lambda.params.environment").enter(references)
    end
    local name = settings.handler
    if default_convention == "stdio" or find(name, "^[^=].*%.lua$") then
      require("lambda.stdio").prepare(script_end) -- before the file runs
    end
    local found, own_convention, is_choice = handlers.load(name, settings)
    local convention = own_convention or default_convention
    if is_choice or convention ~= "json" then
      found = require("lambda.conventions").wrap(convention, found, script_end, is_choice)
    end
    handler = found
    native.hooks.is_loaded = true
    return convention
  end

  local function dispatch(event, headers)
    current = new_context(headers)
    local result, failure = handler(event, current)
    if result == nil and failure ~= nil then
      error(require("lambda.errors").returned(failure), 0)
    end
    local mt = getmetatable(result)
    if mt == raw_mt then
      return result, result.content_type
    elseif mt == stream_mt then
      return nil, result.content_type, result
    end
    return result
  end

  local function describe(raised, traceback, stage, late)
    if stage == "decode" then -- dispatch has not seen this event
      current = new_context(current_headers())
    elseif stage == "init" and type(raised) == "string" then
      raised = require("lambda.bytecode").explain(raised)
    end
    return require("lambda.errors").describe(raised, traceback, stage, current, late)
  end

  return { load = load, dispatch = dispatch, describe = describe }
end
