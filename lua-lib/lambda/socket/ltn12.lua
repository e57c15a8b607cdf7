--- ltn12 for rocks that ask for it where LuaSocket is not installed: filters, sources, sinks and pumps, by
--- https://lunarmodules.github.io/luasocket/ltn12.html
-- A handler that forgets `local` may overwrite any global.
local error, insert, ipairs, remove, select, string, type, unpack =
  error, table.insert, ipairs, table.remove, select, string, type, table.unpack

--- A chunk; nil at the end, with why it is not the whole.
---@alias lambda.ltn12.Source fun(): string?, any
--- Takes a chunk, or nil and an error for the end; nil and why when it cannot.
---@alias lambda.ltn12.Sink fun(chunk?: string, err: any): any, any
---@alias lambda.ltn12.Filter fun(chunk?: string): string?

local M = { BLOCKSIZE = 2048, _VERSION = "LTN12 1.0.3" }

M.filter, M.source, M.sink, M.pump = {}, {}, {}, {}

--- A filter of a low-level one: filter(ctx, chunk, extra) → result, ctx.
---@param low fun(ctx: any, chunk?: string, extra: any): string?, any
---@param ctx any
---@param extra any
---@return lambda.ltn12.Filter
function M.filter.cycle(low, ctx, extra)
  return function(chunk)
    local result
    result, ctx = low(ctx, chunk, extra)
    return result
  end
end

--- A chunk through the filters from the one at `first` on.
local function through(filters, first, chunk)
  for index = first, #filters do
    chunk = filters[index](chunk)
  end
  return chunk
end

--- Filters, one behind the other, as one. At the end (nil) each gives up what it held back.
---@param ... lambda.ltn12.Filter
---@return lambda.ltn12.Filter
function M.filter.chain(...)
  local filters, is_ended = { ... }, false
  return function(chunk)
    if chunk ~= nil then
      return through(filters, 1, chunk)
    elseif is_ended then
      return nil
    end
    is_ended = true
    local text = ""
    for index, filter in ipairs(filters) do
      for piece in filter do -- called with nil until it returns nil
        text = text .. through(filters, index + 1, piece)
      end
    end
    return text ~= "" and text or nil
  end
end

---@return lambda.ltn12.Source
function M.source.empty()
  return function() return nil end
end

---@param err any
---@return lambda.ltn12.Source
function M.source.error(err)
  return function() return nil, err end
end

---@param text string?
---@return lambda.ltn12.Source
function M.source.string(text)
  local at = 1
  return function()
    local chunk = string.sub(text or "", at, at + M.BLOCKSIZE - 1)
    at = at + M.BLOCKSIZE
    return chunk ~= "" and chunk or nil
  end
end

---@param list string[]
---@return lambda.ltn12.Source
function M.source.table(list)
  if type(list) ~= "table" then
    error("bad argument #1 to 'source.table' (a table expected)", 2)
  end
  local index = 0
  return function()
    index = index + 1
    return list[index]
  end
end

--- A file to its end, where it is closed.
---@param handle file*?
---@param io_error any  what io.open gave instead
---@return lambda.ltn12.Source
function M.source.file(handle, io_error)
  if not handle then
    return M.source.error(io_error or "unable to open file")
  end
  return function()
    local chunk = handle:read(M.BLOCKSIZE)
    if not chunk then
      handle:close()
    end
    return chunk
  end
end

--- A source that may replace itself by its second result, as one that does not.
---@param source fun(): string?, any
---@return lambda.ltn12.Source
function M.source.simplify(source)
  return function()
    local chunk, err_or_new = source()
    source = err_or_new or source
    if not chunk then
      return nil, err_or_new
    end
    return chunk
  end
end

--- A source that takes chunks back: source(chunk).
---@param source lambda.ltn12.Source
---@return fun(chunk?: string): any, any
function M.source.rewind(source)
  local stack = {}
  return function(chunk)
    if chunk then
      insert(stack, chunk)
      return 1
    end
    local back = remove(stack)
    if back then
      return back
    end
    return source()
  end
end

--- One source behind the other.
---@param ... lambda.ltn12.Source
---@return lambda.ltn12.Source
function M.source.cat(...)
  local sources = { ... }
  local index = 1
  return function()
    while sources[index] do
      local chunk, err = sources[index]()
      if chunk then
        return chunk
      elseif err then
        return nil, err
      end
      index = index + 1
    end
    return nil
  end
end

--- A source through filters.
---@param source lambda.ltn12.Source
---@param ... lambda.ltn12.Filter
---@return lambda.ltn12.Source
function M.source.chain(source, ...)
  local filter = select("#", ...) == 1 and (...) or M.filter.chain(...)
  local is_ended
  return function()
    while not is_ended do
      local chunk, err = source()
      if err then
        return nil, err
      end
      local result = filter(chunk)
      if chunk == nil then
        is_ended = true
        return result
      elseif result ~= "" then
        return result
      end
    end
    return nil
  end
end

---@param list string[]?
---@return lambda.ltn12.Sink
---@return string[] list
function M.sink.table(list)
  list = list or {}
  return function(chunk)
    if chunk then
      list[#list + 1] = chunk
    end
    return 1
  end, list
end

---@return lambda.ltn12.Sink
function M.sink.null()
  return function() return 1 end
end

---@param err any
---@return lambda.ltn12.Sink
function M.sink.error(err)
  return function() return nil, err end
end

--- Into a file, which is closed at the end.
---@param handle file*?
---@param io_error any  what io.open gave instead
---@return lambda.ltn12.Sink
function M.sink.file(handle, io_error)
  if not handle then
    return M.sink.error(io_error or "unable to open file")
  end
  return function(chunk)
    if not chunk then
      handle:close()
      return 1
    end
    return handle:write(chunk)
  end
end

--- A sink that may replace itself by its result, as one that does not.
---@param sink fun(chunk?: string, err: any): any, any
---@return lambda.ltn12.Sink
function M.sink.simplify(sink)
  return function(chunk, err)
    local result, err_or_new = sink(chunk, err)
    if not result then
      return nil, err_or_new
    end
    sink = err_or_new or sink
    return 1
  end
end

--- Filters, and behind them a sink.
---@param ... lambda.ltn12.Filter|lambda.ltn12.Sink
---@return lambda.ltn12.Sink
function M.sink.chain(...)
  local parts = { ... }
  local sink = remove(parts)
  local filter = #parts == 1 and parts[1] or M.filter.chain(unpack(parts))
  return function(chunk, err)
    local result = filter(chunk)
    if result ~= nil and result ~= "" then
      local ok, problem = sink(result, err)
      if not ok then
        return nil, problem
      end
    end
    return chunk ~= nil and 1 or sink(nil, err)
  end
end

--- One chunk from the source to the sink.
---@param source lambda.ltn12.Source
---@param sink lambda.ltn12.Sink
---@return integer?
---@return any err
function M.pump.step(source, sink)
  local chunk, source_err = source()
  local result, sink_err = sink(chunk, source_err)
  if chunk and result then
    return 1
  end
  return nil, source_err or sink_err
end

--- All of them.
---@param source lambda.ltn12.Source
---@param sink lambda.ltn12.Sink
---@param step (fun(source: lambda.ltn12.Source, sink: lambda.ltn12.Sink): any, any)?
---@return integer?
---@return any err
function M.pump.all(source, sink, step)
  step = step or M.pump.step
  while true do
    local result, err = step(source, sink)
    if not result then
      return not err and 1 or nil, err
    end
  end
end

return M
