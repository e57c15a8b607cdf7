--- LUNAMBDA_SECRETS=1: environment variables that name a parameter or a secret, resolved for os.getenv before the
--- handler's file loads (docs/params.md). The process's own environment stays as it is: child programs and
--- /proc/self/environ see the reference.
local errors = require("lambda.errors")
local source = require("lambda.params.source")

-- A handler that forgets `local` may overwrite any global.
local string = string
local error, ipairs, next, os, require, sort, tostring, type =
  error, ipairs, next, os, require, table.sort, tostring, type
local math_type = math.type

local M = {}

--- Function.InitError: the world's failure. The reference is not shown: it may be a secret that looks like one.
local function fail(variable, reason)
  error(errors.fault("Function.InitError",
    string.format("LUNAMBDA_SECRETS: the variable %s cannot be resolved: %s", variable, reason)), 0)
end

local SHORT_BYTES = 2 -- such a name would be found in any text

--- What AWS says quotes what it was asked for: "not authorized … on resource: arn:aws:ssm:…:parameter/prod/db".
local function without_names(reason, names)
  for _, name in ipairs(names) do
    for _, text in ipairs({ name, (string.match(name, "^([^:]+):[^:]+$")) }) do
      if #text > SHORT_BYTES then
        reason = string.gsub(reason, (string.gsub(text, "%W", "%%%0")), "(name)")
      end
    end
  end
  return reason
end

---@class lambda.params.Reference
---@field variable string
---@field kind "ssm"|"secret"
---@field name string
---@field field string?  of the JSON object that the value is

---@return lambda.params.Reference
local function parse(variable, text)
  local kind, name, field = string.match(text, "^(%l+):([^#]+)(.*)$")
  local has_field = field and field ~= ""
  if not kind or string.find(name, "[%c ]") or (has_field and #field == 1) then
    error(errors.fault("Runtime.ConfigInvalid", string.format(
      "LUNAMBDA_SECRETS: the variable %s must be ssm:NAME or secret:NAME, each perhaps with #FIELD", variable)),
      0)
  end
  return { variable = variable, kind = kind, name = name, field = has_field and string.sub(field, 2) or nil }
end

--- The references in the order of their variables, so that a failure is the same one each time.
local function parse_all(texts)
  local references = {}
  for variable, text in next, texts do
    references[#references + 1] = parse(variable, text)
  end
  sort(references, function(a, b) return a.variable < b.variable end)
  return references
end

--- The values of all parameters, by their names: ten for one call.
local function fetch_parameters(references)
  local names, first = {}, {}
  for _, reference in ipairs(references) do
    if reference.kind == "ssm" and not first[reference.name] then
      first[reference.name] = reference.variable
      names[#names + 1] = reference.name
    end
  end
  local texts, err = source.parameters(names)
  if not texts then
    fail(first[err.name], without_names(err.reason, names))
  end
  return texts
end

local function fetch(reference, parameters, secrets)
  local name = reference.name
  if reference.kind == "ssm" then
    return parameters[name] or fail(reference.variable, "ParameterNotFound: there is no such parameter")
  end
  if not secrets[name] then
    local err
    secrets[name], err = source.secret(name)
    if err then
      fail(reference.variable, without_names(err.reason, { name }))
    end
  end
  return secrets[name]
end

--- Numbers with the digits that they have: tostring keeps 14, and an integer beyond 64 bits would be a float.
local function field_of(reference, text)
  local json = require("lambda.json")
  local object = json.decode(text, { bigint = "string" })
  if type(object) ~= "table" then
    fail(reference.variable, "its value is no JSON object, so it has no fields")
  end
  local value = object[reference.field]
  if type(value) ~= "string" and type(value) ~= "boolean" and not math_type(value) then
    fail(reference.variable, "the JSON object has no such field, or one that is no string, number or boolean")
  end
  return math_type(value) and json.encode(value) or tostring(value)
end

--- Resolves them all. Raises with the name of the variable that cannot be.
---@param texts table<string, string>  variable → reference
---@return table<string, string> values
function M.resolve(texts)
  local references = parse_all(texts)
  local parameters, secrets, values = fetch_parameters(references), {}, {}
  for _, reference in ipairs(references) do
    local text = fetch(reference, parameters, secrets)
    values[reference.variable] = reference.field and field_of(reference, text) or text
  end
  return values
end

--- Gives this state an os.getenv that knows the values.
---@param texts table<string, string>  variable → reference
function M.enter(texts)
  local values, getenv = M.resolve(texts), os.getenv

  function os.getenv(name) -- luacheck: ignore 122
    return values[name] or getenv(name)
  end
end

return M
