--- Where parameters and secrets come from: the AWS Parameters and Secrets Lambda Extension on this machine where it is
--- installed, else the APIs. Paths, header and names of the extension:
--- https://docs.aws.amazon.com/systems-manager/latest/userguide/ps-integration-lambda-extensions.html
--- https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieving-secrets_lambda.html
local errors = require("lambda.errors")
local hooks = require("lambda.native").hooks

-- A handler that forgets `local` may overwrite any global.
local string = string
local getenv, ipairs, open, require, tonumber, tostring, type =
  os.getenv, ipairs, io.open, require, tonumber, tostring, type
local min, move = math.min, table.move

local M = {}

local DEFAULT_PORT = "2773"
local TOKEN_HEADER = "X-Aws-Parameters-Secrets-Token"
local CONNECT_TIMEOUT_MS = 500 -- it is on this machine
local TIMEOUT_MS = 5000 -- it may have to ask the API itself
local ANSWER_LIMIT_BYTES = 1024 * 1024 -- a secret has 64 KiB at most
local BATCH_LIMIT = 10 -- names in one GetParameters, results of one GetParametersByPath
local PAGES_LIMIT = 100

--- Where the layer puts the extension.
M.EXTENSION_FILE = "/opt/extensions/AWSParametersAndSecretsLambdaExtension"

---@class lambda.params.Error: lambda.Error
---@field type "ParamsError"
---@field name string   of the parameter or secret
---@field code string   AWS's, like "ParameterNotFound"; "NotJson", "NotBase64", "NoValue", "TooMany" are ours
---@field reason string  without the name

--- Never with a value, or a part of one.
---@param name string
---@param code string
---@param reason string
---@return lambda.params.Error
function M.problem(name, code, reason)
  local err = errors.new("ParamsError", string.format("%s: %s", name, reason))
  err.name, err.code, err.reason = name, code, reason
  return err
end

--- The same of an error of lambda.aws.
local function problem_of(name, err)
  local code, reason = "Unknown", tostring(err)
  if type(err) == "table" then
    code, reason = tostring(err.code or err.type or code), tostring(err.reason or err.message or err)
  end
  return M.problem(name, code, reason == "" and code or code .. ": " .. reason)
end

local is_installed -- nil until somebody looked

--- Nil where there is no extension: its variable and its file say so, no connection has to be tried.
local function extension_port()
  local port = getenv("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT")
  if not port or port == "" then
    if is_installed == nil then
      local file = open(M.EXTENSION_FILE)
      is_installed = file ~= nil and file:close()
    end
    port = is_installed and DEFAULT_PORT
  end
  return port and string.find(port, "^%d+$") and tonumber(port) <= 65535 and port
end

--- What the extension answers; nil when it is not there or cannot help. Before the first event it would refuse.
local function ask_extension(path, query)
  local port, token = hooks.is_loaded and extension_port(), getenv("AWS_SESSION_TOKEN")
  if not port or not token then
    return nil
  end
  local response = require("lambda.http").get("http://127.0.0.1:" .. port .. path, {
    query = query, headers = { [TOKEN_HEADER] = token }, direct = true, follow = 0,
    connect_timeout_ms = CONNECT_TIMEOUT_MS, timeout_ms = TIMEOUT_MS, max_bytes = ANSWER_LIMIT_BYTES,
  })
  local answer = response and response.status == 200 and require("lambda.json").decode(response.body)
  return type(answer) == "table" and answer or nil
end

local function client(service)
  return require("lambda.aws").client(service)
end

--- The text of a parameter in an answer.
local function text_of(answer)
  local parameter = answer and answer.Parameter
  local text = type(parameter) == "table" and parameter.Value
  return type(text) == "string" and text or nil
end

--- name:3 and name:label choose a version; an ARN has colons of its own.
local function parameter_query(name, decrypt)
  local base, selector = string.match(name, "^([^:]+):([^:]+)$")
  local query = { name = base or name, withDecryption = decrypt and "true" or "false" }
  if selector then
    query[string.find(selector, "^%d+$") and "version" or "label"] = selector
  end
  return query
end

--- A parameter of the Parameter Store.
---@param name string
---@param decrypt boolean
---@return string?, lambda.params.Error?
function M.parameter(name, decrypt)
  local text = text_of(ask_extension("/systemsmanager/parameters/get", parameter_query(name, decrypt)))
  if text then
    return text
  end
  local answer, err = client("ssm"):GetParameter({ Name = name, WithDecryption = decrypt })
  if not answer then
    return nil, problem_of(name, err)
  end
  text = text_of(answer)
  if not text then
    return nil, M.problem(name, "NoValue", "the answer has no value")
  end
  return text
end

--- The parameters of an answer; nil and the error where one of them is none.
local function list_of(answer, name)
  local list = answer.Parameters == nil and {} or answer.Parameters
  for _, parameter in ipairs(type(list) == "table" and list or { list }) do
    if type(parameter) ~= "table" or type(parameter.Name) ~= "string" or type(parameter.Value) ~= "string" then
      return nil, M.problem(name, "NoValue", "the answer has a parameter without a name or a value")
    end
  end
  return list
end

--- Several at once; every name that there is no value for is left out.
---@param names string[]  no two the same
---@return table<string, string>? texts
---@return lambda.params.Error? err  of the whole
function M.parameters(names)
  local texts = {}
  for first = 1, #names, BATCH_LIMIT do
    local batch = move(names, first, min(first + BATCH_LIMIT - 1, #names), 1, {})
    local answer, err = client("ssm"):GetParameters({ Names = batch, WithDecryption = true })
    if not answer then
      return nil, problem_of(batch[1], err)
    end
    local list, problem = list_of(answer, batch[1])
    if not list then
      return nil, problem
    end
    for _, parameter in ipairs(list) do
      local selector = type(parameter.Selector) == "string" and parameter.Selector or ""
      texts[parameter.Name .. selector] = parameter.Value
      texts[tostring(parameter.ARN) .. selector] = parameter.Value
    end
  end
  return texts
end

--- All parameters below a path, by their whole names.
---@param path string
---@param decrypt boolean
---@param recursive boolean
---@return table<string, string>?, lambda.params.Error?
function M.parameters_below(path, decrypt, recursive)
  local texts, token = {}, nil
  for _ = 1, PAGES_LIMIT do
    local answer, err = client("ssm"):GetParametersByPath({
      Path = path, WithDecryption = decrypt, Recursive = recursive, MaxResults = BATCH_LIMIT, NextToken = token,
    })
    if not answer then
      return nil, problem_of(path, err)
    end
    local list, problem = list_of(answer, path)
    if not list then
      return nil, problem
    end
    for _, parameter in ipairs(list) do
      texts[parameter.Name] = parameter.Value
    end
    token = answer.NextToken
    if type(token) ~= "string" or token == "" then
      return texts
    end
  end
  return nil, M.problem(path, "TooMany", string.format("more than %d parameters", PAGES_LIMIT * BATCH_LIMIT))
end

--- The bytes of a secret in an answer.
local function bytes_of(answer)
  if answer and type(answer.SecretString) == "string" then
    return answer.SecretString
  elseif answer and type(answer.SecretBinary) == "string" then
    return require("lambda.crypto").unbase64(answer.SecretBinary)
  end
end

--- A secret of the Secrets Manager: its string, or its bytes.
---@param name string  or an ARN
---@param version_stage string?
---@param version_id string?
---@return string?, lambda.params.Error?
function M.secret(name, version_stage, version_id)
  local bytes = bytes_of(ask_extension("/secretsmanager/get",
    { secretId = name, versionStage = version_stage, versionId = version_id }))
  if bytes then
    return bytes
  end
  local answer, err = client("secretsmanager"):GetSecretValue({
    SecretId = name, VersionStage = version_stage, VersionId = version_id,
  })
  if not answer then
    return nil, problem_of(name, err)
  end
  bytes = bytes_of(answer)
  if not bytes then
    return nil, M.problem(name, "NoValue", "the answer has no value")
  end
  return bytes
end

return M
