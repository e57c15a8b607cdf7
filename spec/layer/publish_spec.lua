--- layer/publish with a stand-in for the AWS CLI, which notes its arguments and publishes version 7 of everything.
local cjson = require("cjson")
local lfs = require("lfs")
local scratch = require("scratch")

local checkout = lfs.currentdir()
local MACHINES = { x86_64 = 62, arm64 = 183 }
local LIBRARIES = "lunambda 0.1.0, licence MIT, from commit 0f1e2d3c\nLua 5.4.7, licence MIT\n"
local HEAD = "aws lambda publish-layer-version --region %s --layer-name lunambda-%s --description "
  .. "'lunambda 0.1.0: Lua 5.4 handlers, %s' --license-info 'MIT AND curl' --compatible-runtimes provided.al2023 "
  .. "--compatible-architectures %s --zip-file fileb://%s/zips/lunambda-layer-%s.zip "
  .. "--query LayerVersionArn --output text"
local PERMIT = "aws lambda add-layer-version-permission --region %s --layer-name lunambda-%s --version-number %s "
  .. "--statement-id everybody --principal '*' --action lambda:GetLayerVersion --query RevisionId --output text"

-- $REFUSE: words that end a call with status 254 when one of its arguments is such a word.
local AWS = [==[
line=aws
for word; do
  case $word in *[!A-Za-z0-9@%+=:,./_-]*) line="$line '$word'" ;; *) line="$line $word" ;; esac
done
printf '%s\n' "$line" >>"$CALLS"
for word; do
  case " $REFUSE " in *" $1.$2 "* | *" $word "*) echo "An error occurred (AccessDenied): $word" >&2; exit 254 ;; esac
done
case $1.$2 in
  configure.get) printf '%s' "$OWN_REGION" ;;
  ec2.describe-regions) printf 'eu-west-1\tus-gov-west-1\tap-southeast-2\n' ;;
  lambda.publish-layer-version) echo "${ARN:-arn:aws:lambda:$4:123456789012:layer:$6:7}" ;;
  lambda.add-layer-version-permission) echo 0f1e2d3c ;;
esac
]==]

local function elf(architecture)
  return "\127ELF\2\1\1" .. ("\0"):rep(9) .. string.pack("<I2I2", 3, MACHINES[architecture] or architecture) .. "rest"
end

--- Packs files (name to contents) as the layer of an architecture.
local function pack(here, architecture, files)
  local folder = here:folder("stage-" .. architecture)
  for name, bytes in pairs(files) do
    here:write("stage-" .. architecture .. "/" .. name, bytes)
  end
  here:folder("zips")
  assert(os.execute(("cd '%s' && chmod +x bootstrap* && cmake -E tar cf '%s/zips/lunambda-layer-%s.zip' --format=zip .")
    :format(folder, here.path, architecture)))
end

-- All that layer/publish calls but the AWS CLI, so that no other aws is ever in reach.
local TOOLS = { "cmake", "dirname", "find", "lua5.4", "mkdir", "mktemp", "rm", "sh", "sleep" }

--- A folder with good zips and the stand-in.
local function furnish()
  local here = scratch.new()
  here:write("bin/aws", "#!/bin/sh\n" .. AWS)
  assert(os.execute(("chmod +x '%s/bin/aws'"):format(here.path)))
  for _, tool in ipairs(TOOLS) do
    assert(os.execute(("ln -s \"$(command -v %s)\" '%s/bin/%s'"):format(tool, here.path, tool)))
  end
  for architecture in pairs(MACHINES) do
    pack(here, architecture, {
      bootstrap = elf(architecture), ["lib/lua/5.4/lambda/curl.so"] = elf(architecture), ["LIBRARIES.txt"] = LIBRARIES,
    })
  end
  return here
end

local function run(here, arguments, env)
  local words = { "env", "-i", "REFUSE=", "OWN_REGION=" }
  for name, value in pairs(env or {}) do
    words[#words + 1] = ("'%s=%s'"):format(name, value)
  end
  local ok, _, status = os.execute(([[cd '%s' && %s CALLS='%s/calls' PATH='%s/bin' '%s/layer/publish' \
    --from '%s/zips' --to '%s/layers.json' %s >stdout 2>stderr </dev/null]])
    :format(here.path, table.concat(words, " "), here.path, here.path, checkout, here.path, here.path, arguments))
  return {
    status = ok and 0 or status, stdout = here:read("stdout"), stderr = here:read("stderr"),
    calls = here:read("calls") or "", ledger = here:read("layers.json"),
  }
end

local function publish_line(here, region, architecture)
  return HEAD:format(region, architecture, architecture, architecture, here.path, architecture)
end

local function arn(region, architecture, version)
  return ("arn:aws:lambda:%s:123456789012:layer:lunambda-%s:%s"):format(region, architecture, version or 7)
end

local function names_in(folder)
  local names = {}
  for name in lfs.dir(folder) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

describe("layer/publish", function()
  it("publishes both architectures in each region, once, and prints the ARNs", function()
    local here <close> = furnish()
    local seen = run(here, "--region eu-west-1,us-gov-west-1,eu-west-1")
    assert.equal("", seen.stderr)
    assert.equal(0, seen.status)
    local lines, calls = {}, {}
    for _, region in ipairs({ "eu-west-1", "us-gov-west-1" }) do
      for _, architecture in ipairs({ "x86_64", "arm64" }) do
        lines[#lines + 1] = region .. " " .. architecture .. " " .. arn(region, architecture)
        calls[#calls + 1] = publish_line(here, region, architecture)
      end
    end
    assert.equal(table.concat(lines, "\n") .. "\n", seen.stdout)
    assert.equal(table.concat(calls, "\n") .. "\n", seen.calls)
  end)

  it("notes the ARNs by region and architecture", function()
    local here <close> = furnish()
    assert.equal(([[
{
  "eu-west-1": {
    "arm64": "%s",
    "x86_64": "%s"
  }
}
]]):format(arn("eu-west-1", "arm64"), arn("eu-west-1", "x86_64")), run(here, "--region=eu-west-1").ledger)
  end)

  it("lets everybody use the new version with --public, and nobody without", function()
    local here <close> = furnish()
    local seen = run(here, "--region eu-west-1 --public")
    assert.equal(0, seen.status)
    assert.equal(table.concat({
      publish_line(here, "eu-west-1", "x86_64"), PERMIT:format("eu-west-1", "x86_64", 7),
      publish_line(here, "eu-west-1", "arm64"), PERMIT:format("eu-west-1", "arm64", 7),
    }, "\n") .. "\n", seen.calls)
  end)

  it("asks for all regions, in the AWS CLI's own region or else in us-east-1", function()
    for _, own in ipairs({ { "", "us-east-1" }, { "eu-north-1", "eu-north-1" } }) do
      local here <close> = furnish()
      local seen = run(here, "--region all", { OWN_REGION = own[1] })
      assert.equal(0, seen.status, seen.stderr)
      assert.matches(("aws ec2 describe-regions --region %s --query 'Regions[].RegionName' --output text\n")
        :format(own[2]), seen.calls, 1, true)
      assert.same({ "ap-southeast-2", "eu-west-1", "us-gov-west-1" }, (function()
        local regions = {}
        for region in pairs(cjson.decode(seen.ledger)) do
          regions[#regions + 1] = region
        end
        table.sort(regions)
        return regions
      end)())
    end
  end)

  it("publishes in the AWS CLI's own region when none is given", function()
    for _, env in ipairs({ { OWN_REGION = "eu-west-3" }, { AWS_DEFAULT_REGION = "eu-west-3" },
                           { AWS_REGION = "eu-west-3", OWN_REGION = "us-east-2" } }) do
      local here <close> = furnish()
      assert.matches("^eu%-west%-3 x86_64 ", run(here, "", env).stdout)
    end
  end)
end)

describe("layers.json", function()
  it("keeps the regions and architectures that were not published now", function()
    local here <close> = furnish()
    here:write("layers.json", cjson.encode({
      ["us-east-1"] = { x86_64 = arn("us-east-1", "x86_64", 3) },
      ["eu-west-1"] = { x86_64 = arn("eu-west-1", "x86_64", 3), riscv64 = arn("eu-west-1", "riscv64", 1) },
    }))
    assert.same({
      ["us-east-1"] = { x86_64 = arn("us-east-1", "x86_64", 3) },
      ["eu-west-1"] = { x86_64 = arn("eu-west-1", "x86_64"), arm64 = arn("eu-west-1", "arm64"),
                        riscv64 = arn("eu-west-1", "riscv64", 1) },
    }, cjson.decode(run(here, "--region eu-west-1").ledger))
  end)

  it("has what was published before and after a region that refuses", function()
    local here <close> = furnish()
    local seen = run(here, "--public --region eu-west-1,me-south-1,us-east-1", { REFUSE = "me-south-1" })
    assert.equal(1, seen.status)
    local ledger = cjson.decode(seen.ledger)
    assert.is_nil(ledger["me-south-1"])
    assert.equal(arn("us-east-1", "arm64"), ledger["us-east-1"].arm64)
    assert.equal(arn("eu-west-1", "x86_64"), ledger["eu-west-1"].x86_64)
    assert.matches("An error occurred (AccessDenied): me-south-1", seen.stderr, 1, true)
    assert.matches("layer/publish: me-south-1 x86_64: not published (status 254)\n", seen.stderr, 1, true)
    assert.matches(": layer/publish --region me-south-1 --public\n", seen.stderr, 1, true)
  end)

  it("has the architecture that was published beside one that was refused", function()
    local here <close> = furnish()
    local seen = run(here, "--region eu-west-1", { REFUSE = "lunambda-arm64" })
    assert.equal(1, seen.status)
    assert.same({ ["eu-west-1"] = { x86_64 = arn("eu-west-1", "x86_64") } }, cjson.decode(seen.ledger))
  end)

  it("has a version that could not be made public, and the command for that is printed", function()
    local here <close> = furnish()
    local seen = run(here, "--region eu-west-1 --public", { REFUSE = "lambda.add-layer-version-permission" })
    assert.equal(1, seen.status)
    assert.equal(arn("eu-west-1", "x86_64"), cjson.decode(seen.ledger)["eu-west-1"].x86_64)
    assert.matches("not public; to repeat that step: " .. PERMIT:format("eu-west-1", "x86_64", 7) .. "\n",
      seen.stderr, 1, true)
  end)

  it("has what several runs publish at the same time", function()
    local here <close> = furnish()
    local jobs, count = {}, 0
    for _, place in ipairs({ "eu-west", "us-east", "ap-south", "sa-east" }) do
      local regions = {}
      for i = 1, 6 do
        regions[i] = place .. "-" .. i
      end
      jobs[#jobs + 1] = ("{ '%s/layer/publish' --from zips --to layers.json --region %s >%s 2>&1 "
        .. "|| echo failed >>%s; } &"):format(checkout, table.concat(regions, ","), place, place)
    end
    os.execute(("cd '%s' && export REFUSE= CALLS=\"$PWD/calls\" PATH=\"$PWD/bin\"; %s wait")
      :format(here.path, table.concat(jobs, " ")))
    for _ in pairs(cjson.decode(here:read("layers.json"))) do
      count = count + 1
    end
    assert.equal(24, count, here:read("eu-west"))
    assert.is_nil(here:read("eu-west"):find("failed", 1, true))
  end)

  it("waits for another run that writes it, but not for ever", function()
    local here <close> = furnish()
    here:folder("layers.json.lock")
    local seen = run(here, "--region eu-west-1")
    assert.equal(1, seen.status)
    assert.matches("published as " .. arn("eu-west-1", "arm64") .. ", but not noted: " .. here.path
      .. "/layers.json.lock is there: another layer/publish writes; if none does, remove that folder\n",
      seen.stderr, 1, true)
    assert.is_nil(seen.ledger)
  end)

  it("is not left behind by halves", function()
    local here <close> = furnish()
    run(here, "--region eu-west-1")
    assert.same({ ".", "..", "bin", "calls", "layers.json", "stage-arm64", "stage-x86_64", "stderr", "stdout", "zips" },
      names_in(here.path))
  end)

  for what, text in pairs({
    ["no JSON"] = "{", ["no object"] = "[1]", ["an ARN of elsewhere"] = ('{"eu-west-1":{"arm64":"%s"}}')
      :format(arn("us-east-1", "arm64")), ["no region"] = '{"..":{}}', ["no architectures"] = '{"eu-west-1":"x"}',
  }) do
    it("is refused, and left alone, before anything is published: " .. what, function()
      local here <close> = furnish()
      here:write("layers.json", text)
      local seen = run(here, "--region eu-west-1")
      assert.equal(1, seen.status)
      assert.matches("layers.json: .*; mend or remove it\n", seen.stderr)
      assert.equal(text, seen.ledger)
      assert.equal("", seen.calls)
    end)
  end

  it("must be writable before anything is published", function()
    local here <close> = furnish()
    local seen = run(here, "--region eu-west-1 --to nowhere/layers.json")
    assert.equal(1, seen.status)
    assert.matches("nowhere/layers.json.probe: No such file or directory", seen.stderr, 1, true)
    assert.equal("", seen.calls)
  end)
end)

describe("layer/publish --dry-run", function()
  it("prints the exact commands, and does nothing", function()
    local here <close> = furnish()
    here:write("layers.json", "{}")
    local seen = run(here, "--dry-run --region eu-west-1,us-east-1")
    assert.equal(0, seen.status)
    assert.equal(table.concat({
      publish_line(here, "eu-west-1", "x86_64"), publish_line(here, "eu-west-1", "arm64"),
      publish_line(here, "us-east-1", "x86_64"), publish_line(here, "us-east-1", "arm64"),
    }, "\n") .. "\n", seen.stdout)
    assert.equal("", seen.calls)
    assert.equal("{}", seen.ledger)
  end)

  it("prints what a shell can run, to the same calls as without it", function()
    local here <close> = furnish()
    here:write("script", "set -e\n" .. run(here, "--dry-run --public --region eu-west-1").stdout)
    assert.equal("", here:read("calls") or "")
    assert(os.execute(("CALLS='%s/calls' PATH='%s/bin' REFUSE= sh '%s/script' >'%s/stdout'")
      :format(here.path, here.path, here.path, here.path)))
    local typed = here:read("calls")
    os.remove(here.path .. "/calls")
    assert.equal(typed, run(here, "--public --region eu-west-1").calls)
    assert.matches("--version-number 7 ", typed, 1, true)
  end)

  it("needs no AWS CLI where the regions are named", function()
    local here <close> = furnish()
    os.remove(here.path .. "/bin/aws")
    assert.equal(0, run(here, "--dry-run --region eu-west-1").status)
  end)

  it("quotes what a shell would change", function()
    local here <close> = furnish()
    assert(os.rename(here.path .. "/zips", here.path .. "/my $zips 'n' all"))
    local seen = run(here, [[--dry-run --region eu-west-1 --from "my \$zips 'n' all"]])
    assert.equal(0, seen.status, seen.stderr)
    assert.matches([['fileb://my $zips '\''n'\'' all/lunambda-layer-x86_64.zip']], seen.stdout, 1, true)
  end)
end)

describe("layer/publish refuses", function()
  --- Nothing may have been published; the message has the text.
  local function refuses(here, arguments, text, env, status)
    local seen = run(here, arguments, env)
    assert.equal(status or 1, seen.status)
    assert.matches(text, seen.stderr, 1, true)
    assert.is_nil(seen.calls:find("publish", 1, true))
    assert.is_nil(seen.ledger)
  end

  for _, name in ipairs({ "", "eu-west-1;true", "EU-WEST-1", "eu west-1", "-1", "eu-west", "../eu-west-1",
                          "all,eu-west-1", "eu-west-1,", "eu--1", "$(true)-1", "éu-west-1" }) do
    it(("the region '%s'"):format(name), function()
      local here <close> = furnish()
      refuses(here, ("--region '%s'"):format(name), "region", nil, 2)
    end)
  end

  it("a region that the AWS CLI names in an odd way", function()
    local here <close> = furnish()
    refuses(here, "", "'None' is no name of a region", { OWN_REGION = "None" })
  end)

  it("to guess a region", function()
    local here <close> = furnish()
    refuses(here, "", "add --region eu-west-1")
  end)

  it("to go on without a list of all regions", function()
    local here <close> = furnish()
    refuses(here, "--region all", "did not list the regions (status 254); name them",
      { REFUSE = "ec2.describe-regions" })
  end)

  it("without the AWS CLI, and says what installs it", function()
    local here <close> = furnish()
    os.remove(here.path .. "/bin/aws")
    refuses(here, "--region eu-west-1", "there is no aws in PATH; install the AWS CLI (Debian calls it awscli)")
  end)

  it("without Lua, and says what installs it", function()
    local here <close> = furnish()
    os.remove(here.path .. "/bin/lua5.4")
    refuses(here, "--region eu-west-1", "Debian calls them: lua5.4 lua-cjson")
  end)

  it("a zip that is not there, and says what builds it", function()
    local here <close> = furnish()
    os.remove(here.path .. "/zips/lunambda-layer-arm64.zip")
    refuses(here, "--region eu-west-1", "/zips/lunambda-layer-arm64.zip is not there; build it with: ./dev layer")
    refuses(here, "--region eu-west-1 --dry-run", "build it with: ./dev layer")
  end)

  local BAD = {
    ["a bootstrap of the other architecture"] = {
      { bootstrap = elf("x86_64") }, "bootstrap is for x86_64, not for arm64" },
    ["a module of the other architecture"] = {
      { bootstrap = elf("arm64"), ["lib/a.so"] = elf("x86_64") }, "lib/a.so is for x86_64, not for arm64" },
    ["a machine that Lambda has not"] = { { bootstrap = elf(243) }, "bootstrap is for machine 243" },
    ["a program of 32 bits"] = {
      { bootstrap = "\127ELF\1\1" .. ("\0"):rep(30) }, "bootstrap is for no 64-bit little-endian machine" },
    ["an ELF that ends early"] = { { bootstrap = "\127ELF\2\1" }, "bootstrap is for no 64-bit" },
    ["a bootstrap that is no program"] = { { bootstrap = "#!/bin/sh\n" }, "has no program named bootstrap at its top" },
    ["a zip that does not say its version"] = { { bootstrap = elf("arm64") }, "has no LIBRARIES.txt that says" },
    ["a version that is none"] = {
      { bootstrap = elf("arm64"), ["LIBRARIES.txt"] = "lunambda $(true)\n" }, "has no LIBRARIES.txt that says" },
    ["a zip with no bootstrap"] = {
      { ["bootstrap.txt"] = "", ["opt/bootstrap"] = elf("arm64") }, "has no program named bootstrap at its top" },
  }
  for what, case in pairs(BAD) do
    it(what, function()
      local here <close> = furnish()
      os.execute(("rm -r '%s/stage-arm64'"):format(here.path))
      pack(here, "arm64", case[1])
      refuses(here, "--region eu-west-1", case[2])
    end)
  end

  it("a bootstrap that is not executable", function()
    local here <close> = furnish()
    assert(os.execute(("cd '%s/stage-arm64' && chmod -x bootstrap && cmake -E tar cf "
      .. "../zips/lunambda-layer-arm64.zip --format=zip ."):format(here.path)))
    refuses(here, "--region eu-west-1", "bootstrap is not executable")
  end)

  it("what is no zip", function()
    local here <close> = furnish()
    here:write("zips/lunambda-layer-arm64.zip", "not a zip")
    refuses(here, "--region eu-west-1", "lunambda-layer-arm64.zip cannot be unpacked")
  end)

  it("options that it does not know, or that lack their value", function()
    local here <close> = furnish()
    refuses(here, "--regions eu-west-1", "unknown option '--regions'", nil, 2)
    refuses(here, "--public=yes", "unknown option '--public=yes'", nil, 2)
    refuses(here, "--region", "--region needs a value", nil, 2)
  end)

  it("an answer that is no ARN of the region, and notes nothing", function()
    for _, answer in ipairs({ "None", arn("us-east-1", "x86_64"), arn("eu-west-1", "x86_64", "x") }) do
      local here <close> = furnish()
      local seen = run(here, "--region eu-west-1", { ARN = answer })
      assert.equal(1, seen.status)
      assert.matches("printed no ARN of a layer there, but: " .. answer, seen.stderr, 1, true)
      assert.is_nil(seen.ledger)
    end
  end)
end)
