--- Runs the built lunambda in a folder of its own, and hands back all that it left.
local M = {}

local LIFE_LIMIT_S = 60 -- nothing here takes as long, sanitizers included

---@class lunambda.tool.Call
---@field args string[]?                the command line, as words
---@field files table<string, string>?  put into the folder before, path to contents
---@field stdin string?                 default: empty
---@field env table<string, string>?    added to the environment
---@field binary string?                default: the built lunambda; "@DIR" stands for the folder
---@field prepare string?               shell lines to run in the folder before
---@field around string?                shell text in which "@RUN" stands for the command; default "@RUN"

---@class lunambda.tool.Result
---@field status integer  exit status
---@field out string      standard output
---@field err string      standard error
---@field dir string      where it ran; gone by now

---@param text string
---@return string # the text as one word of a shell
function M.quote(text)
  return "'" .. text:gsub("'", [['\'']]) .. "'"
end

local function line_of(command)
  local pipe = assert(io.popen(command))
  local line = assert(pipe:read("l"), command .. " printed nothing")
  pipe:close()
  return line
end

local function bin()
  local folder = assert(os.getenv("LUNAMBDA_BIN"), "LUNAMBDA_BIN must name the folder of the built programs")
  return folder:sub(1, 1) == "/" and folder or line_of("pwd") .. "/" .. folder
end

--- The lunambda beside a bootstrap that obeys a script (local/test/puppet.c).
---@return string
function M.puppet()
  return bin() .. "/puppet/lunambda"
end

---@return string
function M.lunambda()
  return bin() .. "/lunambda"
end

local function write(path, contents)
  local file = assert(io.open(path, "wb"))
  assert(file:write(contents))
  assert(file:close())
end

local function read(path)
  local file = assert(io.open(path, "rb"))
  local contents = file:read("a")
  file:close()
  return contents
end

local function sh(command)
  local _, how, code = os.execute(command)
  return how == "exit" and code or 128 + code
end

local function command_line(call, dir)
  local binary = (call.binary or M.lunambda()):gsub("@DIR", (dir:gsub("%%", "%%%%")))
  local words = { "timeout", "-k", "5", tostring(LIFE_LIMIT_S), "env" }
  for name, value in pairs(call.env or {}) do
    words[#words + 1] = M.quote(name .. "=" .. value)
  end
  words[#words + 1] = M.quote(binary)
  for _, word in ipairs(call.args or {}) do
    words[#words + 1] = M.quote((word:gsub("@DIR", (dir:gsub("%%", "%%%%")))))
  end
  return table.concat(words, " ")
end

--- Runs it once. "@DIR" in an argument stands for the folder.
---@param call lunambda.tool.Call
---@return lunambda.tool.Result
function M.run(call)
  local dir = line_of("mktemp -d")
  for path, contents in pairs(call.files or {}) do
    local folder = path:match("^(.*)/")
    if folder then
      assert(sh("mkdir -p " .. M.quote(dir .. "/" .. folder)) == 0)
    end
    write(dir .. "/" .. path, contents)
  end
  if call.prepare then
    assert(sh(("cd %s && { %s\n}"):format(dir, call.prepare)) == 0, "prepare failed")
  end
  write(dir .. "/.stdin", call.stdin or "")
  local line = (call.around or "@RUN"):gsub("@RUN", function()
    return command_line(call, dir)
  end)
  local status = sh(("cd %s && { %s ; } <.stdin >.out 2>.err"):format(dir, line))
  local result = { status = status, out = read(dir .. "/.out"), err = read(dir .. "/.err"), dir = dir }
  sh("rm -rf " .. dir)
  return result
end

--- Runs `lunambda invoke script` on a bootstrap that does what the lines say.
---@param lines string    commands of local/test/puppet.c
---@param args string[]?  more arguments
---@return lunambda.tool.Result
function M.play(lines, args)
  local words = { "invoke", "script", "--timeout", "30", table.unpack(args or {}) } -- a busy machine takes its time
  return M.run({ binary = M.puppet(), args = words, files = { script = lines } })
end

--- Runs `lunambda invoke app.handler …` on a module.
---@param source string   app.lua
---@param args string[]?  more arguments
---@param call lunambda.tool.Call?
---@return lunambda.tool.Result
function M.invoke(source, args, call)
  call = call or {}
  call.args = { "invoke", "app.handler", table.unpack(args or {}) }
  call.files = call.files or {}
  call.files["app.lua"] = source
  return M.run(call)
end

--- How many processes have the text in their environment.
---@param text string  without anything that a pattern would expand
---@return integer
function M.count_processes(text)
  return tonumber(line_of("grep -ls -- " .. M.quote(text) .. " /proc/[0-9]*/environ | wc -l"))
end

return M
