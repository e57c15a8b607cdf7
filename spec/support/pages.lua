--- The Markdown pages of the tree, and what is linked in them.
local lfs = require("lfs")

local M = {}

---@param path string
---@return string
function M.read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

local function add_folder(list, folder)
  for name in lfs.dir(folder) do
    list[#list + 1] = name:find("%.md$") and folder .. "/" .. name or nil
  end
end

--- README.md, docs/, the examples' and the other folders' pages, in order.
---@return string[] paths
function M.all()
  local list = { "README.md" }
  for _, folder in ipairs({ "bench", "docs", "layer", "local", "runtime" }) do
    add_folder(list, folder)
  end
  for _, folder in ipairs({ "examples", "examples/deploy" }) do
    for name in lfs.dir(folder) do
      if not name:find("^%.") and lfs.attributes(folder .. "/" .. name, "mode") == "directory" then
        add_folder(list, folder .. "/" .. name)
      end
    end
  end
  table.sort(list)
  return list
end

--- A page's text without its code blocks.
---@param text string
---@return string
function M.prose(text)
  return (("\n" .. text .. "\n"):gsub("\n```[^\n]*\n.-\n```%f[\n]", "\n"))
end

--- The path that a link of a page leads to, from the checkout on; nil for one that leads out of it.
---@param page string
---@param target string  as it stands in the link
---@return string? path
---@return string? heading
function M.resolve(page, target)
  if target:find("^%a[%w+.-]*:") then
    return nil
  end
  local path, heading = target:match("^([^#]*)#?(.*)$")
  if path == "" then
    return page, heading
  end
  local parts = {}
  for part in ((page:match("^(.*)/") or "") .. "/" .. path):gmatch("[^/]+") do
    if part == ".." then
      assert(table.remove(parts), page .. " links above the checkout: " .. target)
    elseif part ~= "." then
      parts[#parts + 1] = part
    end
  end
  return table.concat(parts, "/"), heading ~= "" and heading or nil
end

--- Each link of a page: its target.
---@param text string
---@return fun(): string?
function M.links(text)
  return M.prose(text):gsub("`[^`\n]*`", ""):gmatch("%]%(([^)%s]+)%)")
end

--- The names under which a page's headings are linked, as GitHub makes them.
---@param text string
---@return table<string, true>
function M.headings(text)
  local names = {}
  for heading in M.prose(text):gmatch("\n#+ ([^\n]+)") do
    names[heading:gsub("`", ""):lower():gsub("[^%w%s_-]", ""):gsub(" ", "-")] = true
  end
  return names
end

return M
