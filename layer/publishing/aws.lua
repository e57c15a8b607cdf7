--- The commands of the AWS CLI that publish a layer. The flags are those that versions 1 and 2 share.
local M = {}

-- One layer per architecture, since their files differ: the name says which.
local LAYER = "lunambda-%s"

-- provided.al2 has an older glibc than the release is built for, and is past its end.
local RUNTIME = "provided.al2023"

---@param architecture string
---@return string
function M.layer_name(architecture)
  return LAYER:format(architecture)
end

--- Prints the ARN of the new version.
---@param region string
---@param architecture "x86_64"|"arm64"
---@param zip string
---@param version string  of what is in it
---@return string[]
function M.publish(region, architecture, zip, version)
  return {
    "aws", "lambda", "publish-layer-version", "--region", region,
    "--layer-name", M.layer_name(architecture),
    "--description", ("lunambda %s: Lua 5.4 handlers, %s"):format(version, architecture),
    "--license-info", "MIT AND curl",
    "--compatible-runtimes", RUNTIME,
    "--compatible-architectures", architecture,
    "--zip-file", "fileb://" .. zip,
    "--query", "LayerVersionArn", "--output", "text",
  }
end

--- Lets every account use one version.
---@param region string
---@param architecture "x86_64"|"arm64"
---@param version string|{ shell: string }
---@return (string|{ shell: string })[]
function M.permit(region, architecture, version)
  return {
    "aws", "lambda", "add-layer-version-permission", "--region", region,
    "--layer-name", M.layer_name(architecture),
    "--version-number", version,
    "--statement-id", "everybody", "--principal", "*", "--action", "lambda:GetLayerVersion",
    "--query", "RevisionId", "--output", "text",
  }
end

--- Prints the regions that the account has enabled.
---@param region string  the one to ask
---@return string[]
function M.regions(region)
  return { "aws", "ec2", "describe-regions", "--region", region,
    "--query", "Regions[].RegionName", "--output", "text" }
end

--- Prints the region of the profile in use.
---@return string[]
function M.own_region()
  return { "aws", "configure", "get", "region" }
end

return M
