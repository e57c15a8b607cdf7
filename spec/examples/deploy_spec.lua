--- examples/deploy: the templates are well-formed and say the right things; the AWS CLI's script makes the right calls.
local cjson = require("cjson")
local hcl = require("hcl")
local lfs = require("lfs")
local scratch = require("scratch")
local yaml = require("lyaml")

local ROOT = "examples/deploy"
local LAYER = "arn:aws:lambda:eu-west-1:123456789012:layer:lunambda-arm64:1"

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

local function files_below(folder, pattern, found)
  found = found or {}
  for name in lfs.dir(folder) do
    local path = folder .. "/" .. name
    if lfs.attributes(path, "mode") == "directory" and not name:find("^%.") and name ~= "node_modules" then
      files_below(path, pattern, found)
    elseif path:find(pattern) then
      found[#found + 1] = path
    end
  end
  table.sort(found)
  return found
end

local function has(program)
  return os.execute(("command -v %s >/dev/null 2>&1"):format(program)) == true
end

--- A check by a program that not every machine has: skipped with its reason.
local function with(program, name, check)
  if has(program) then
    it(name, check)
  else
    pending(("%s: %s is not installed"):format(name, program))
  end
end

local function output_of(command)
  local pipe = assert(io.popen(command .. " 2>&1"))
  local text = pipe:read("a")
  return pipe:close() == true, text
end

describe("the deployments are well-formed:", function()
  for _, path in ipairs(files_below("examples", "%.json$")) do
    it(path, function()
      assert.has_no.errors(function()
        cjson.decode(read(path))
      end)
    end)
  end

  for _, path in ipairs(files_below("examples", "%.ya?ml$")) do
    it(path, function()
      assert.equal("table", type(yaml.load(read(path))))
    end)
  end

  it("terraform/main.tf", function()
    assert(hcl.read(read(ROOT .. "/terraform/main.tf")))
  end)

  for _, path in ipairs(files_below("examples", "template%.yaml$")) do
    with("cfn-lint", path .. " by cfn-lint", function()
      assert(output_of("cfn-lint --regions us-east-1 -- " .. path))
    end)
  end

  with("terraform", "terraform/main.tf by terraform fmt", function()
    assert(output_of(("TF_CLI_CONFIG_FILE=/dev/null terraform fmt -check %s/terraform"):format(ROOT)))
  end)

  with("tsc", "cdk/app.ts by tsc, as far as that goes without its libraries", function()
    local _, said = output_of("tsc --noEmit --noResolve --skipLibCheck --target es2022 --moduleResolution node "
      .. ROOT .. "/cdk/app.ts")
    for code in said:gmatch("error TS(%d+)") do
      assert.is_false(tonumber(code) < 2000, said) -- TS1…: of syntax. The others are of libraries that are not here.
    end
  end)

  with("shellcheck", "cli/deploy by shellcheck", function()
    assert(output_of("shellcheck " .. ROOT .. "/cli/deploy layer/publish"))
  end)
end)

describe("the reader of HCL refuses", function()
  for what, text in pairs({
    ["a block that is not closed"] = 'resource "a" "b" {\n', ["a brace too many"] = "a = 1\n}\n",
    ["a string that is not closed"] = 'a = "b\n', ["a bracket that is not closed"] = "a = [1\n",
    ["the wrong bracket"] = "a = [1)\n", ["what is neither attribute nor block"] = "hello\n",
    ["an attribute given twice"] = "a = 1\na = 2\n", ["an attribute without a value"] = "a =\n",
  }) do
    it(what, function()
      assert.is_nil(hcl.read(text))
    end)
  end
end)

describe("the deployments deploy hello.handler on provided.al2023:", function()
  --- A folder, seen from another, that has hello.lua in it.
  local function leads_to_hello(from, path)
    assert.equal("file", lfs.attributes(("%s/%s/%s/hello.lua"):format(ROOT, from, path), "mode"))
  end

  it("SAM", function()
    local template = yaml.load(read(ROOT .. "/sam/template.yaml"))
    local hello = template.Resources.Hello.Properties
    assert.same({ "hello.handler", "provided.al2023", { "Architecture" }, { "LunambdaLayer" } },
      { hello.Handler, hello.Runtime, hello.Architectures, hello.Layers }) -- the tag !Ref is not seen
    assert.same({ "x86_64", "arm64" }, template.Parameters.Architecture.AllowedValues)
    assert.equal("String", template.Parameters.LunambdaLayer.Type)
    leads_to_hello("sam", hello.CodeUri)
  end)

  it("Terraform", function()
    local file = assert(hcl.read(read(ROOT .. "/terraform/main.tf")))
    local hello = hcl.block(file, "resource", "aws_lambda_function").attributes
    assert.same({ "hello.handler", "provided.al2023", "[var.architecture]", "[var.lunambda_layer]" },
      { hello.handler, hello.runtime, hello.architectures, hello.layers })
    assert.matches('["x86_64", "arm64"]', hcl.block(hcl.block(file, "variable", "architecture"), "validation")
      .attributes.condition, 1, true)
    hcl.block(file, "variable", "lunambda_layer")
    local source = hcl.block(file, "data", "archive_file").attributes.source_dir
    leads_to_hello("terraform", (source:gsub("^%${path.module}/", "")))
    for path in read(ROOT .. "/terraform/main.tf"):gmatch('file%("%${path.module}/([^"]+)"%)') do
      assert.equal("file", lfs.attributes(ROOT .. "/terraform/" .. path, "mode"), path)
    end
  end)

  it("Serverless", function()
    local service = yaml.load(read(ROOT .. "/serverless/serverless.yml"))
    local hello = service.functions.hello
    assert.same({ "hello.handler", "provided.al2023", '${param:architecture, "x86_64"}', { "${param:layer}" } },
      { hello.handler, service.provider.runtime, service.provider.architecture, hello.layers })
    local command = read(ROOT .. "/serverless/README.md")
    local artifact = service.package.artifact:gsub("%p", "%%%0")
    leads_to_hello("serverless", command:match("lunambda pack (%S+) %-o " .. artifact))
  end)

  it("CDK", function()
    local app = read(ROOT .. "/cdk/app.ts")
    assert.equal("hello.handler", app:match('handler: "([^"]+)"'))
    assert.equal("PROVIDED_AL2023", app:match("runtime: Runtime%.([%w_]+)"))
    assert.matches('tryGetContext("layer")', app, 1, true)
    assert.matches("{ x86_64: Architecture.X86_64, arm64: Architecture.ARM_64 }", app, 1, true)
    leads_to_hello("cdk", app:match('path%.join%(__dirname, "([^"]+)"%)'))
    assert.equal("ts-node app.ts", cjson.decode(read(ROOT .. "/cdk/cdk.json")).app)
  end)

  it("all with a README, one command, and the permissions that it needs", function()
    for _, way in ipairs({ "sam", "cdk", "terraform", "serverless", "cli" }) do
      assert.matches("```sh[^`]*%$LAYER[^`]*```", read(("%s/%s/README.md"):format(ROOT, way)))
      assert.equal("file", lfs.attributes(("%s/%s/deployer.json"):format(ROOT, way), "mode"))
    end
  end)
end)

describe("the policies", function()
  -- These know no resources, or are needed before there is one.
  local FOR_ALL = { ["logs:DescribeLogGroups"] = true, ["ec2:DescribeRegions"] = true,
    ["cloudformation:GetTemplateSummary"] = true, ["cloudformation:ValidateTemplate"] = true }

  local function list(value)
    return type(value) == "table" and value or { value }
  end

  local function check(statement, path)
    assert.equal("Allow", statement.Effect)
    for _, action in ipairs(list(statement.Action)) do
      assert.matches("^%l[%l%d]*:%u%a+$", action)
      for _, resource in ipairs(list(statement.Resource or "arn:aws:x")) do
        assert(resource ~= "*" or FOR_ALL[action], ("%s allows %s for everything"):format(path, action))
        assert(resource == "*" or resource:find("^arn:aws:"), resource)
      end
      if action == "iam:PassRole" then
        assert.equal("lambda.amazonaws.com", statement.Condition.StringEquals["iam:PassedToService"])
      end
    end
  end

  for _, path in ipairs(files_below(ROOT, "%.json$")) do
    if path:find("deployer") or path:find("/iam/") then
      it(path .. " allow no more than what it is for", function()
        local policy = cjson.decode(read(path))
        assert.equal("2012-10-17", policy.Version)
        assert.is_true(#policy.Statement > 0)
        for _, statement in ipairs(policy.Statement) do
          check(statement, path)
        end
      end)
    end
  end
end)

describe("examples/deploy/cli/deploy", function()
  -- $HAS: what exists already. A function is refused as long as there are lines in the file `unready`.
  local AWS = [==[
echo "aws $*" >>"$CALLS"
refuse() { echo "An error occurred ($1) when calling the operation: $2" >&2; exit 254; }
case "$1 $2 $HAS" in
  "lambda get-function-configuration "*function*) echo Active ;;
  "lambda get-function-configuration "*denied*) refuse AccessDeniedException no ;;
  "lambda get-function-configuration "*) refuse ResourceNotFoundException "Function not found" ;;
  "iam create-role "*role*) refuse EntityAlreadyExists "Role exists" ;;
  "iam create-role "* | "iam get-role "*) echo arn:aws:iam::123456789012:role/lunambda-hello ;;
  "logs create-log-group "*log*) refuse ResourceAlreadyExistsException "it does" ;;
  "lambda create-function "*)
    if read -r _ <unready; then
      sed -i 1d unready
      refuse InvalidParameterValueException "The role defined for the function cannot be assumed by Lambda."
    fi
    echo arn:aws:lambda:eu-west-1:123456789012:function:lunambda-hello ;;
esac
]==]

  local function deploy(options)
    local here <close> = scratch.new()
    here:write("bin/aws", "#!/bin/sh\n" .. AWS)
    here:write("bin/lunambda", "#!/bin/sh\necho \"lunambda $*\" >>\"$CALLS\"\n")
    here:write("bin/sleep", "#!/bin/sh\necho \"sleep $*\" >>\"$CALLS\"\n")
    here:write("unready", ("\n"):rep(options.unready or 0))
    assert(os.execute(("chmod +x '%s'/bin/*"):format(here.path)))
    local ok, _, status = os.execute(([[cd '%s' && HAS='%s' CALLS='%s/calls' PATH='%s/bin':"$PATH" TMPDIR='%s' \
      '%s/%s/cli/deploy' %s >stdout 2>stderr </dev/null]]):format(here.path, options.has or "", here.path, here.path,
      here.path, lfs.currentdir(), ROOT, options.arguments or LAYER .. " arm64"))
    local calls = {}
    for line in (here:read("calls") or ""):gmatch("[^\n]+") do
      calls[#calls + 1] = line
    end
    return { status = ok and 0 or status, calls = calls, text = table.concat(calls, "\n"), stderr = here:read("stderr"),
      stdout = here:read("stdout"), left = output_of(("ls -d '%s'/tmp.*"):format(here.path)) }
  end

  local function verbs(calls)
    local list = {}
    for _, call in ipairs(calls) do
      list[#list + 1] = call:match("^aws (%S+ %S+)") or call:match("^%S+")
    end
    return list
  end

  it("makes role, log group and function where there are none", function()
    local seen = deploy({})
    assert.equal(0, seen.status, seen.stderr)
    assert.same({ "lunambda", "lambda get-function-configuration", "iam create-role", "iam get-role",
      "iam put-role-policy", "logs create-log-group", "lambda create-function" }, verbs(seen.calls))
    local create = seen.calls[#seen.calls]
    for _, words in ipairs({ "--runtime provided.al2023", "--handler hello.handler", "--architectures arm64",
                             "--layers " .. LAYER, "--role arn:aws:iam::123456789012:role/lunambda-hello" }) do
      assert.matches(words, create, 1, true)
    end
    assert.matches("/hello --arch arm64 -o ", seen.calls[1], 1, true)
    assert.matches("function:lunambda-hello\n", seen.stdout, 1, true)
  end)

  it("brings a function up to date that is there", function()
    local seen = deploy({ has = "function", arguments = LAYER })
    assert.equal(0, seen.status, seen.stderr)
    assert.same({ "lunambda", "lambda get-function-configuration", "lambda update-function-code",
      "lambda wait", "lambda update-function-configuration" }, verbs(seen.calls))
    assert.matches("--architectures x86_64", seen.text, 1, true)
  end)

  it("goes on with what an earlier try has left", function()
    local seen = deploy({ has = "role log" })
    assert.equal(0, seen.status, seen.stderr)
    assert.equal("lambda create-function", verbs(seen.calls)[#seen.calls])
  end)

  it("waits until Lambda knows the new role, but not for ever", function()
    assert.equal(0, deploy({ unready = 3 }).status)
    local seen = deploy({ unready = 50 })
    assert.equal(1, seen.status)
    assert.matches("cannot be assumed by Lambda", seen.stderr, 1, true)
    assert.is_true(#seen.calls < 40)
    assert.is_false(seen.left) -- of its folder for the zip
  end)

  it("stops at what it may not do, and says so", function()
    local seen = deploy({ has = "denied" })
    assert.equal(1, seen.status)
    assert.matches("AccessDeniedException", seen.stderr, 1, true)
    assert.equal(2, #seen.calls)
  end)

  it("refuses another architecture, and no layer, before anything is done", function()
    assert.same({}, deploy({ arguments = LAYER .. " mips" }).calls)
    assert.same({}, deploy({ arguments = "" }).calls)
  end)
end)
