--- Commands as words: quoted for sh, printed as they could be typed, run with their output taken.
local M = {}

--- One word for sh. Words that need no quotes get none.
---@param text string
---@return string
function M.quote(text)
  if text:find("^[%w@%%+=:,./_-]+$") then
    return text
  end
  return "'" .. text:gsub("'", [['\'']]) .. "'"
end

--- A command line. A word given as { shell = "…" } stands as it is.
---@param words (string|{ shell: string })[]
---@return string
function M.line(words)
  local quoted = {}
  for i, word in ipairs(words) do
    quoted[i] = type(word) == "table" and word.shell or M.quote(word)
  end
  return table.concat(quoted, " ")
end

--- Runs a command; its standard error goes where ours goes.
---@param words string[]
---@return string|nil output  standard output; nil when it failed
---@return string|nil how     "status 254" or "signal 9" then
function M.output(words)
  local pipe = assert(io.popen(M.line(words), "r"))
  local output = pipe:read("a")
  local ok, how, code = pipe:close()
  if not ok then
    return nil, (how == "exit" and "status " or "signal ") .. code
  end
  return output
end

---@param program string
---@return boolean # whether sh finds it
function M.has(program)
  return os.execute("command -v " .. M.quote(program) .. " >/dev/null 2>&1") == true
end

return M
