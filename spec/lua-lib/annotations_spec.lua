--- The LuaLS annotations of lua-lib/, and of the handlers in examples/ and bench/, say what the code does: no language
--- server is needed to find out.
local annotation_rules = require("annotation_rules")
local annotations = require("annotations")
local lfs = require("lfs")
local luals_types = require("luals_types")

local function add_folder(files, folder)
  for name in lfs.dir(folder) do
    local path = folder .. "/" .. name
    if name:find("%.lua$") then
      local file = assert(io.open(path, "rb"))
      files[#files + 1] = annotations.read(path, file:read("a"))
      file:close()
    elseif not name:find("^%.") and lfs.attributes(path, "mode") == "directory" then
      add_folder(files, path)
    end
  end
end

local function files_of(...)
  local files = {}
  for _, folder in ipairs({ ... }) do
    add_folder(files, folder)
  end
  table.sort(files, function(a, b) return a.path < b.path end)
  return files
end

--- What is wrong in a module of these lines, which begin on line 2.
local function faults_of(lines)
  return annotation_rules.check({ annotations.read("m.lua", "local M = {}\n" .. lines .. "\nreturn M\n") })
end

describe("the annotations", function()
  it("of lua-lib/ are right", function()
    local files = files_of("lua-lib")
    assert.is_true(#files > 100)
    assert.same({}, annotation_rules.check(files))
  end)

  it("of examples and benchmarks are right, with the types of lua-lib/", function()
    local faults = {}
    for _, fault in ipairs(annotation_rules.check(files_of("lua-lib", "examples", "bench/handlers"))) do
      faults[#faults + 1] = not fault:find("^lua%-lib/") and fault or nil
    end
    assert.same({}, faults)
  end)
end)

describe("the parameters of a function", function()
  it("are annotated by their names", function()
    assert.same({ "m.lua:4: M.f takes (a) and not (b)" }, faults_of([[
---@param b string
---@return string
function M.f(a) return a end]]))
  end)

  it("are annotated in their order", function()
    assert.same({ "m.lua:4: f takes (a, b) and not (b, a)" }, faults_of([[
---@param b string
---@param a string
local function f(a, b) M[a] = b end]]))
  end)

  it("are annotated all, also … and those on further lines", function()
    local expected = { "m.lua:3: M.f takes (a, b, ...) and not (a)", "m.lua:7: M.g takes (a, ...) and not (a)" }
    assert.same(expected, faults_of([[
---@param a string
M.f = function(a, -- the first, (and more
  b, ...)
  M[a] = { b, ... } end
---@param a string
function M.g(a, ...) M[a] = { ... } end]]))
  end)

  it("need no annotation where they are self or _", function()
    assert.same({}, faults_of([[
---@param b string
function M.f(self, _, b) self.b = b end]]))
  end)

  it("are not annotated above something else", function()
    assert.same({ "m.lua:2: no function stands below these parameters or results",
                  "m.lua:6: no function stands below these parameters or results" }, faults_of([[
---@param a string

--- Apart.
function M.f() end
---@return string
M.g = M.f]]))
  end)
end)

describe("a public function", function()
  it("has a comment", function()
    assert.same({ "m.lua:2: M.f has no comment", "m.lua:3: M.g has no comment", "m.lua:6: Class:h has no comment" },
      faults_of([[
function M.f() end
M.g = function() end
---@class m.Class
local Class = {}
function Class:h() return self end
--- One.
---@return m.Class
function M.new() return Class end]]))
  end)

  it("has annotations for its parameters", function()
    assert.same({ "m.lua:3: M.f takes (a), which is not annotated",
                  "m.lua:5: M.until takes (b), which is not annotated" }, faults_of([[
--- A comment.
function M.f(a) M.a = a end
--- A comment.
M["until"] = function(b) M.b = b end]]))
  end)

  it("needs neither when it is local, a metamethod, or a field that the class or its parent declares", function()
    assert.same({}, faults_of([[
---@class m.Parent
---@field f fun(self: m.Parent, a: string)

---@class m.Child: m.Parent
local Child = {}
function Child:f(a) self.a = a end
function Child:__tostring() return self.a end
local function g(a) return { h = function(b) return a, b end } end
--- One.
---@return m.Child
function M.new() return g(Child) end]]))
  end)
end)

describe("a type", function()
  it("is built in, declared or generic", function()
    assert.same({}, faults_of([[
---@alias m.Pick string|fun(event: any, ...: any): any  a path, or a function
---@alias m.Level
---| "low"   # one
---| "high"  # and another

---@class (exact) m.Node: m.Base, m.Other  a description: any
---@field [integer] m.Node
---@field private kind "a"|'b'|1|nil  a literal
---@field level? m.Level

---@class m.Base

---@class m.Other

--- Everything at once.
---@generic K, W: m.Other, V: fun(a: table, b: any): any
---@param a table<K, V[]>  what a description says: more
---@param b { name: string, [integer]: (fun(): m.Node?, W), size?: integer }?
---@param c? m.Pick
---@return (string|number)[]? list, file*? handle  what stands here is no type
---@return any ...
function M.f(a, b, c) return a(b, c) end]]))
  end)

  for text, name in pairs({
    ["m.None?"] = "m.None", ["string|m.None"] = "m.None", ["table<string, m.None[]>"] = "m.None",
    ["fun(a: m.None)"] = "m.None", ["fun(): m.None"] = "m.None", ["{ a: m.None }"] = "m.None",
    ["(m.None|nil)[]"] = "m.None", ["str"] = "str", ["String"] = "String",
  }) do
    it("is missed in " .. text, function()
      assert.same({ "m.lua:2: there is no type " .. name }, faults_of("---@type " .. text .. "\nM.x = nil"))
    end)
  end

  it("is missed in each annotation", function()
    assert.same({ "m.lua:2: there is no type A", "m.lua:3: there is no type B", "m.lua:5: there is no type C",
                  "m.lua:6: there is no type D", "m.lua:9: there is no type E", "m.lua:10: there is no type F",
                  "m.lua:11: there is no type G", "m.lua:12: there is no type H" }, faults_of([[
---@class m.Class: A
---@field b B

---@alias m.Alias C
---| D

--- One of each.
---@generic T: E
---@param a F
---@return m.Class, G
---@overload fun(): H, m.Alias
function M.f(a) return a() end]]))
  end)

  it("is what LuaLS makes of a comma in what describes a result", function()
    assert.same({ "m.lua:2: there is no type in", "m.lua:3: M.f returns 1 values and not 2" }, faults_of([[
---@return string bytes, in hex
function M.f() return "" end]]))
  end)

  for text, problem in pairs({
    ["table<string"] = "an angle bracket expected at ''",
    ["{ a string }"] = "a colon expected at ' string }'",
    ["fun(a: string"] = "a parenthesis expected at ''",
    ["fun(string): any"] = "a type for the parameter that is called 'string' expected at '): any'",
    ["string]"] = "a blank expected at ']'",
    ["string|"] = "a type expected at ''",
    ["string|fun(): string|nil"] = "parentheses around a function inside a union expected at ''",
    ["{ a: fun(): string, b: any }"] = "parentheses around the function expected at ' any }'",
  }) do
    it("is refused as " .. text, function()
      assert.same({ "m.lua:2: " .. problem }, faults_of("---@type " .. text .. "\nM.x = nil"))
    end)
  end

  it("is nilable or not", function()
    for text, is_nilable in pairs({
      ["string"] = false, ["string?"] = true, ["any"] = true, ["any[]"] = false, ["string|nil"] = true,
      ["(string?)[]"] = false, ["(string?)"] = true, ["fun(): string?"] = false, ["table<string, any>?"] = true,
    }) do
      assert.equal(is_nilable, luals_types.read(text).is_nilable, text)
    end
  end)
end)

describe("a declaration", function()
  it("stands once", function()
    assert.same({ "m.lua:4: m.A is declared in m.lua:2 already" }, faults_of([[
---@class m.A

---@class m.A

---@type m.A
M.a = nil]]))
  end)

  it("has a field once", function()
    assert.same({ "m.lua:4: m.A has the field x twice" }, faults_of([[
---@class m.A
---@field x string
---@field private x? integer

---@type m.A
M.a = nil]]))
  end)

  it("is mentioned elsewhere, unless it is the module's own", function()
    assert.same({ "m.lua:2: nothing mentions m.A", "m.lua:5: nothing mentions m.B" }, faults_of([[
---@class m.A
---@field next m.A

---@alias m.B string]]))
    assert.same({}, annotation_rules.check({ annotations.read("m.lua", [[
---@class m
local M = {}
return setmetatable(M, {})]]) }))
  end)

  it("is known by its tag, a field by its class", function()
    assert.same({ "m.lua:2: there is no annotation @parm", "m.lua:4: the field x belongs to no class",
                  "m.lua:6: a name and a type expected" }, faults_of([[
---@parm a string

---@field x string

---@field]]))
  end)

  it("has a block of its own", function()
    assert.same({ "m.lua:3: no blank line is between m.A and m.B" }, faults_of([[
---@class m.A
---@class m.B: m.A

---@type m.A
M.a = nil]]))
  end)
end)

describe("the results of a function", function()
  it("are annotated all", function()
    assert.same({ "m.lua:3: M.f returns 2 values and not 1", "m.lua:5: M.g returns 1 values and not 0",
                  "m.lua:7: M.h returns 2 values and not 1", "m.lua:9: M.i returns 1 values and not 0",
                  "m.lua:11: M.new returns 1 values and not 0" }, faults_of([[
---@return string?
function M.f() if M.x then return "a, b" end return nil, ("why" .. M.g()) end
---@param a string
function M.g(a) return { a, a } end
---@return string
function M.h() return M.x, function(...) return ... end end
--- Public.
function M.i() return M.x end
--- Of a class, say.
function M.new() return setmetatable({}, { __index = M }) end
--- Not public.
local function j() return M.x or j() end]]))
  end)

  it("are annotated where they are", function()
    assert.same({ "m.lua:4: M.f returns 1 values and not 2", "m.lua:10: M.g returns 0 values and not 1" }, faults_of([[
---@return string?
---@return string? why
function M.f()
  local function inner() return 1, 2, 3 end
  for _ in inner do if M.x then return (inner()) end end
  return M.x and M.f() or [=[return a, b]=] -- return a, b, c
end
---@return string?
function M.g() repeat return until M.x end]]))
  end)

  it("are as many as a call or … gives", function()
    assert.same({}, faults_of([[
---@return string?
---@return string? why
function M.f() return M.g() end
---@return string
---@return any ...
function M.g() return "a", 1, 2 end
---@return string, string
local function h() return M["f"]{} end
---@return string, string
function M.i() return h"" end
---@return string, string
function M.j() return setmetatable({}, M):pair() end]]))
  end)

  it("may be nil where a return says so", function()
    assert.same({ "m.lua:2: M.f returns nil here, too" }, faults_of([[
---@return string
---@return string? why
function M.f() return nil, "why" end]]))
  end)
end)
