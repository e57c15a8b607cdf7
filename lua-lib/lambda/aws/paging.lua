--- A loop over the pages of an operation.
local checked = require("lambda.aws.options")

local error, ipairs, type = error, ipairs, type

local M = {}

local function without(map, drops)
  local result = checked.copy(map)
  for _, name in ipairs(drops or {}) do
    result[name] = nil
  end
  return result
end

--- Iterates: `for page in paging.over(…) do`. What fails is raised, as the typed error that it is, for a loop that
--- ends early would pass for a complete one.
---@param call fun(parameters: table): table?, lambda.Error?
---@param parameters table  of the first page
---@param tokens lambda.aws.Tokens
---@return fun(): table?
function M.over(call, parameters, tokens)
  local is_over = false
  return function()
    if is_over then
      return nil
    end
    local page, err = call(parameters)
    if not page then
      is_over = true
      error(err, 0)
    end
    local token = page[tokens.output]
    -- CloudWatch Logs and others give the same token again at the end.
    local is_last = token == nil or token == "" or type(token) == "userdata" or token == parameters[tokens.input]
    is_over = is_last
    if not is_last then
      parameters = without(parameters, tokens.drops)
      parameters[tokens.input] = token
    end
    return page
  end
end

return M
