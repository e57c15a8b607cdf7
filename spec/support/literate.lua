--- Executes the code blocks of a Markdown page. What a fence's first line says decides:
---
---     ```lua app.lua        is written to that file in the page's scratch folder (any language does)
---     ```lua                is run by lua5.4, with lambda.* in reach; its asserts are the test
---     ```sh                 is run there, `lunambda` in the PATH, `./dev` standing for it;
---                           a ```json or ```text block right behind it is its exact standard output
---     ```sh not run: why    is skipped, and the spec says why
local M = {}

---@class literate.Block
---@field language string
---@field note string      what follows the language
---@field text string
---@field line integer     of the fence
---@field expected string? of a sh block

--- The text of a fence that stands right behind a sh block is what that block prints.
local function is_output(block, before, prose_between)
  return before and before.language == "sh" and not prose_between
    and block.note == "" and (block.language == "json" or block.language == "text")
end

--- The fenced blocks of a page, in order.
---@param markdown string
---@return literate.Block[]
function M.blocks(markdown)
  local blocks, open, number, prose = {}, nil, 0, false
  for line in (markdown .. "\n"):gmatch("(.-)\n") do
    number = number + 1
    local language, note = line:match("^```(%S+)%s*(.*)$")
    if open and line == "```" then
      if is_output(open, blocks[#blocks], prose) then
        blocks[#blocks].expected = open.text
      end
      blocks[#blocks + 1], open, prose = open, nil, false
    elseif open then
      open.text = open.text .. line .. "\n"
    elseif language then
      open = { language = language, note = note, line = number, text = "" }
    else
      prose = prose or line:find("%S") ~= nil
    end
  end
  return blocks
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

--- Runs a command in a folder; its status, standard output and standard error.
local function run(folder, command)
  local ok, how, status = os.execute(("cd '%s' && { %s\n} >.stdout 2>.stderr </dev/null"):format(folder, command))
  return ok and how == "exit" and status == 0, read(folder .. "/.stdout"), read(folder .. "/.stderr")
end

--- The scratch folder of a page: the examples, the build under test as build/release, and a ./dev that stands for the
--- tool.
---@param folder string    empty
---@param checkout string  the repository
---@param bin string       where lunambda is
function M.furnish(folder, checkout, bin)
  assert(os.execute(("ln -s '%s/examples' '%s/examples'"):format(checkout, folder)))
  assert(os.execute(("mkdir '%s/build' && ln -s '%s/..' '%s/build/release'"):format(folder, bin, folder)))
  write(folder .. "/dev", ("#!/bin/sh\n[ \"$1\" != release ] || exec echo build/release/bin\n"
    .. "exec '%s/lunambda' \"$@\"\n"):format(bin))
  assert(os.execute(("chmod +x '%s/dev'"):format(folder)))
end

--- Executes one block; raises with what went wrong.
---@param block literate.Block
---@param folder string  furnished
---@param env { sh: string, lua: string }  assignments for either, e.g. "PATH=…"
function M.execute(block, folder, env)
  if block.note:find("^[%w_./-]+%.%w+$") then
    local parent = block.note:match("^(.*)/")
    assert(not parent or os.execute(("mkdir -p '%s/%s'"):format(folder, parent)))
    return write(folder .. "/" .. block.note, block.text)
  elseif block.language == "lua" then
    write(folder .. "/.block.lua", block.text)
    local ok, _, stderr = run(folder, env.lua .. " lua5.4 .block.lua")
    assert(ok, ("line %d: %s"):format(block.line, stderr))
  elseif block.language == "sh" then
    local ok, stdout, stderr = run(folder, "export " .. env.sh .. "; " .. block.text)
    assert(ok or block.expected, ("line %d failed: %s%s"):format(block.line, stdout, stderr))
    if block.expected and stdout ~= block.expected then
      error(("line %d printed:\n%s\ninstead of:\n%s\nstandard error:\n%s")
        :format(block.line, stdout, block.expected, stderr), 0)
    end
  end
end

return M
