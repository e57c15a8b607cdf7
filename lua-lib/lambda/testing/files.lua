--- Standard input and output of an app: io.stdin is the event where the convention is stdio, and what is written is
--- kept. Lua objects in the place of files: `io.type` knows them, C code does not.
local open, tmpfile, io_type = io.open, io.tmpfile, io.type
local error, next, select, setmetatable, tostring, type = error, next, select, setmetatable, tostring, type
local concat, format, metatable_of = table.concat, string.format, debug.getmetatable

local M = {}

local Output = { __name = "FILE*" }
Output.__index = Output

function Output:write(...)
  for i = 1, select("#", ...) do
    local value = select(i, ...)
    if type(value) ~= "string" and type(value) ~= "number" then
      error(format("bad argument #%d to 'write' (string expected, got %s)", i, type(value)), 2)
    end
    local text = tostring(value)
    self.parts[#self.parts + 1] = text
    self.length = self.length + #text
  end
  return self
end

function Output:seek(whence, offset)
  if (whence or "cur") == "cur" and (offset or 0) == 0 then
    return self.length
  end
  return nil, "Illegal seek", 29
end

function Output.read()
  return nil, "Bad file descriptor", 9
end

function Output:flush()
  return self
end

function Output.setvbuf()
  return true
end

function Output.close()
  return nil, "standard output stays open"
end

--- What was written since the last time.
---@return string
function Output:take()
  local text = concat(self.parts)
  self.parts, self.length = {}, 0
  return text
end

local Input = { __name = "FILE*" }
Input.__index = Input

local function forward(name)
  return function(self, ...)
    return self.file[name](self.file, ...)
  end
end

for _, name in next, { "read", "lines", "seek", "write", "flush", "setvbuf" } do
  Input[name] = forward(name)
end

function Input.close()
  return nil, "standard input stays open"
end

--- Fills it with the text of the next event.
---@param text string
function Input:fill(text)
  self.file:close()
  self.file = tmpfile() or error("no temporary file could be made for standard input", 0)
  self.file:write(text)
  self.file:seek("set")
end

local function is_ours(file)
  local mt = metatable_of(file)
  return mt == Output or mt == Input
end

--- The functions of `io` that know a default file.
local function install(io, stdin, stdout)
  local input, output = stdin, stdout
  io.stdin, io.stdout = stdin, stdout

  local function choose(file, mode, current)
    if file == nil then
      return current
    elseif type(file) == "string" then
      local opened, problem = open(file, mode)
      return opened or error(problem, 3)
    end
    return file
  end

  function io.input(file)
    input = choose(file, "r", input)
    return input
  end
  function io.output(file)
    output = choose(file, "w", output)
    return output
  end
  function io.read(...)
    return input:read(...)
  end
  function io.write(...)
    return output:write(...)
  end
  local lines = io.lines
  function io.lines(name, ...)
    if name == nil then
      return input:lines(...)
    end
    return lines(name, ...)
  end
  local close = io.close
  function io.close(file)
    file = file or output
    if is_ours(file) then
      return file:close()
    end
    return close(file)
  end
  function io.type(file)
    return is_ours(file) and "file" or io_type(file)
  end
end

---@class lambda.testing.Files
---@field stdin { fill: fun(self: table, text: string) }
---@field stdout { take: fun(self: table): string }

--- Gives a world its own standard files.
---@param io table     the contents of io there
---@param globals table  the contents of its globals
---@return lambda.testing.Files
function M.install(io, globals)
  local stdin = setmetatable({ file = tmpfile() }, Input)
  local stdout = setmetatable({ parts = {}, length = 0 }, Output)
  install(io, stdin, stdout)
  globals.print = function(...)
    local texts = {}
    for i = 1, select("#", ...) do
      texts[i] = tostring((select(i, ...)))
    end
    stdout:write(concat(texts, "\t"), "\n")
  end
  return { stdin = stdin, stdout = stdout }
end

return M
