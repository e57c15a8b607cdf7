--- Functions to be called at the turns of the runtime's life (docs/lifecycle.md). Fills the lists of
--- runtime/hooks.h, from which C calls them.
local hooks = require("lambda.native").hooks

-- A handler that forgets `local` may overwrite any global.
local error, insert, type = error, table.insert, type

local M = {}

local AFTER_EACH, AFTER_THIS = hooks.AFTER_EACH, hooks.AFTER_THIS
local SHUTDOWN, BEFORE_SNAPSHOT, AFTER_RESTORE = hooks.SHUTDOWN, hooks.BEFORE_SNAPSHOT, hooks.AFTER_RESTORE

hooks[hooks.CALLER] = function(hook)
  hook() -- no tail call: this frame is the end of the hook's stack trace
  return true
end

local function check(name, hook)
  if type(hook) ~= "function" then
    error(("bad argument #1 to 'lambda.%s' (a function expected, got %s)"):format(name, type(hook)), 3)
  end
end

--- What the platform has to know before the first event cannot be asked for later.
local function check_loading(name)
  if hooks.is_loaded then
    error(("lambda.%s must be called while the handler's file loads, not during an event"):format(name), 3)
  end
end

local function list(kind)
  hooks[kind] = hooks[kind] or {}
  return hooks[kind]
end

--- Called when the sandbox is about to go, for a few hundred milliseconds. Last registered first.
--- Only while the handler's file loads.
---@param hook fun()
function M.on_shutdown(hook)
  check("on_shutdown", hook)
  check_loading("on_shutdown")
  insert(list(SHUTDOWN), 1, hook)
end

--- Called when the answer has been posted: after every event when registered while the handler's file loads,
--- after the present one when registered by the handler.
---@param hook fun()
function M.after(hook)
  check("after", hook)
  insert(list(hooks.is_loaded and AFTER_THIS or AFTER_EACH), hook)
end

--- SnapStart: called before the snapshot is taken. Last registered first. Only while the handler's file loads.
---@param hook fun()
function M.before_snapshot(hook)
  check("before_snapshot", hook)
  check_loading("before_snapshot")
  insert(list(BEFORE_SNAPSHOT), 1, hook)
end

--- SnapStart: called in each sandbox that starts from the snapshot. First registered first.
--- Only while the handler's file loads.
---@param hook fun()
function M.after_restore(hook)
  check("after_restore", hook)
  check_loading("after_restore")
  insert(list(AFTER_RESTORE), hook)
end

return M
