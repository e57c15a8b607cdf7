--- docs/coverage.md: every row of the five articles, in order, no cell empty, and what it names as proof is there.
local lfs = require("lfs")
local pages = require("pages")

local PAGE = "docs/coverage.md"
local LAST = { [0] = { 1, 24 }, { 1, 21 }, { 1, 40 }, { 1, 22 }, { 1, 20 } } -- of each article: its rows

local function cells_of(line)
  local cells = {}
  for cell in line:sub(2):gmatch("%s*([^|]-)%s*|") do
    cells[#cells + 1] = cell
  end
  return cells
end

--- The rows of a page: their cells.
local function rows_of(text)
  local rows = {}
  for line in text:gmatch("[^\n]+") do
    if line:find("^|%s*%d") then
      rows[#rows + 1] = cells_of(line)
    end
  end
  return rows
end

--- What is wrong with a row; nil when nothing is.
local function fault_of(row)
  if #row ~= 4 then
    return #row .. " cells, not 4"
  end
  for number, cell in ipairs(row) do
    if cell == "" or cell:find("^[-–—?.]+$") or cell:find("TODO") then
      return "cell " .. number .. " is empty"
    end
  end
  local has_test = false
  for path in row[4]:gmatch("`([^`]+)`") do
    if not lfs.attributes(path) then
      return "there is no " .. path
    end
    has_test = has_test or path:find("_spec%.lua$") ~= nil or path:find("/test/.+_test%.c$") ~= nil
  end
  return not has_test and "no spec and no test is named" or nil
end

describe(PAGE, function()
  local rows = rows_of(pages.read(PAGE))

  it("has every row, in order", function()
    local expected, seen = {}, {}
    for article = 0, #LAST do
      for number = LAST[article][1], LAST[article][2] do
        expected[#expected + 1] = article .. "." .. number
      end
    end
    for index, row in ipairs(rows) do
      seen[index] = row[1]
    end
    assert.equal(127, #expected)
    assert.same(expected, seen)
  end)

  for _, row in ipairs(rows) do
    it("row " .. row[1] .. " says what does it, and what proves that", function()
      assert.is_nil(fault_of(row))
    end)
  end
end)

describe("a row", function()
  it("is at fault without a cell, with a file that is not there, without a test", function()
    local faults = {
      ["| 0.1 | asked | done | |"] = "cell 4 is empty",
      ["| 0.1 | asked | – | `spec/dev_spec.lua` |"] = "cell 3 is empty",
      ["| 0.1 | asked | `spec/dev_spec.lua` |"] = "3 cells, not 4",
      ["| 0.1 | asked | done | `spec/none_spec.lua` |"] = "there is no spec/none_spec.lua",
      ["| 0.1 | asked | done | `README.md` |"] = "no spec and no test is named",
    }
    for line, fault in pairs(faults) do
      assert.equal(fault, fault_of(rows_of(line)[1]))
    end
    assert.is_nil(fault_of(rows_of("| 0.1 | asked | done | `README.md`, `spec/dev_spec.lua` |")[1]))
  end)
end)
