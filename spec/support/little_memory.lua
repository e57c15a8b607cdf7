--- A sandbox in which 180 MB cannot be had: by the function's memory, and by the sanitizers' own limit, which
--- refuses a single allocation before the system is troubled with it.
local M = {}

local LIMIT = "allocator_may_return_null=1:max_allocation_size_mb=100"

--- On top of what Lambda sets.
M.env = {
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE = "128",
  ASAN_OPTIONS = LIMIT,
  TSAN_OPTIONS = LIMIT,
}

return M
