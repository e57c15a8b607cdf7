--- layer/publish: checks all that can be checked first, then publishes region by region. A region that refuses does not
--- stop the others, and what was published is in layers.json whatever happens next.
local checkout = table.remove(arg, 1)
package.path = checkout .. "/layer/publishing/?.lua;" .. package.path
local archive = require("archive")
local aws = require("aws")
local ledger = require("ledger")
local options_of = require("options")
local shell = require("shell")

local ARCHITECTURES = { "x86_64", "arm64" }

local function say(text)
  io.stderr:write("layer/publish: ", text, "\n")
end

local function fail(text)
  say(text)
  os.exit(1, true)
end

local function trimmed(text)
  return text and text:match("^%s*(.-)%s*$")
end

--- The region that the AWS CLI would take itself; version 1 of it does not know AWS_REGION.
local function own_region()
  local region = os.getenv("AWS_REGION") or os.getenv("AWS_DEFAULT_REGION")
  return region or trimmed(shell.output(aws.own_region()))
end

local function all_regions()
  local region = own_region()
  local names, how = shell.output(aws.regions(region ~= "" and region or "us-east-1"))
  if not names then
    fail(("the AWS CLI did not list the regions (%s); name them: --region eu-west-1,us-east-1"):format(how))
  end
  return options_of.regions((trimmed(names):gsub("%s+", ",")))
end

--- The regions to publish in.
local function regions_of(options)
  local regions, err = options.regions, nil
  if regions == "all" then
    regions, err = all_regions()
  elseif not regions then
    local region = own_region()
    if not region or region == "" then
      fail("in which region? The AWS CLI has none of its own; add --region eu-west-1, for example")
    end
    regions, err = options_of.regions(region)
  end
  if not regions then
    fail(err)
  end
  return regions
end

local function zip_of(options, architecture)
  return ("%s/lunambda-layer-%s.zip"):format(options.from, architecture)
end

--- The command that publishes one architecture in one region.
local function publish_command(options, region, architecture)
  return aws.publish(region, architecture, zip_of(options, architecture), options.versions[architecture])
end

--- What a user would have to type.
local function print_commands(options, region)
  for _, architecture in ipairs(ARCHITECTURES) do
    local publish = shell.line(publish_command(options, region, architecture))
    if options.public then
      print(("arn=$(%s) &&\n  %s"):format(publish,
        shell.line(aws.permit(region, architecture, { shell = '"${arn##*:}"' }))))
    else
      print(publish)
    end
  end
end

--- Publishes one architecture in one region.
---@return true|nil
---@return string|nil err  what to do about it is said
local function publish(options, region, architecture)
  local arn, how = shell.output(publish_command(options, region, architecture))
  arn = trimmed(arn)
  if not arn then
    return nil, ("not published (%s)"):format(how)
  elseif not ledger.is_arn(arn, region) then
    return nil, ("the AWS CLI printed no ARN of a layer there, but: %s"):format(arn)
  end
  print(("%s %s %s"):format(region, architecture, arn)) -- first of all: whatever fails next, it exists
  local noted, err = ledger.add(options.to, region, architecture, arn)
  if not noted then
    return nil, ("published as %s, but not noted: %s"):format(arn, err)
  end
  local permit = aws.permit(region, architecture, arn:match("%d+$"))
  if options.public and not shell.output(permit) then
    return nil, ("published as %s, but not public; to repeat that step: %s"):format(arn, shell.line(permit))
  end
  return true
end

--- Checks the zips and layers.json, and notes the zips' versions.
local function check_before(options)
  options.versions = {}
  for _, architecture in ipairs(ARCHITECTURES) do
    local version, err = archive.check(zip_of(options, architecture), architecture)
    if not version then
      fail(err)
    end
    options.versions[architecture] = version
  end
  if not options.dry_run then
    local _, err = ledger.read(options.to)
    if not err then
      _, err = ledger.writable(options.to)
    end
    if err then
      fail(err)
    end
  end
end

local function read_options()
  local here = trimmed(shell.output({ "pwd", "-P" })) == checkout
  local options, err = options_of.read(arg, here and "" or checkout .. "/")
  if err == "help" then
    io.write(options_of.USAGE)
    os.exit(0, true)
  elseif not options then
    io.stderr:write(options_of.USAGE)
    say(err)
    os.exit(2, true)
  end
  local asks_aws = type(options.regions) ~= "table" or not options.dry_run
  if asks_aws and not shell.has("aws") then
    fail("there is no aws in PATH; install the AWS CLI (Debian calls it awscli), and give it credentials")
  end
  return options
end

--- Publishes in all regions; what failed, and in which.
---@return string[] failures
---@return string[] regions
local function publish_in(regions, options)
  local failures, where = {}, {}
  for _, region in ipairs(regions) do
    for _, architecture in ipairs(ARCHITECTURES) do
      local ok, why = publish(options, region, architecture)
      if not ok then
        failures[#failures + 1] = ("%s %s: %s"):format(region, architecture, why)
        where[#where + 1] = where[#where] ~= region and region or nil
      end
    end
  end
  return failures, where
end

local function main()
  local options = read_options()
  check_before(options)
  local regions = regions_of(options)
  if options.dry_run then
    for _, region in ipairs(regions) do
      print_commands(options, region)
    end
    return
  end
  local failures, where = publish_in(regions, options)
  for _, failure in ipairs(failures) do
    say(failure)
  end
  if #failures > 0 then
    fail(("once the cause is mended: layer/publish --region %s%s")
      :format(table.concat(where, ","), options.public and " --public" or ""))
  end
end

main()
