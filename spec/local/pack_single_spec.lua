--- The function that brings its own bootstrap. What stands in for one is compiled here; the built one is taken where it
--- is fit, and must be refused, by the library that makes it unfit, where it is not.
local packing = require("packing")
local tool = require("lunambda_tool")

local FIT = { ["libc.so.6"] = true, ["libm.so.6"] = true, ["ld-linux-x86-64.so.2"] = true,
  ["ld-linux-aarch64.so.1"] = true }

-- What lambda.http needs beside bootstrap, as the layer has it.
local CURL = "lib/lua/5.4/lambda/curl.so"

local function place()
  local here = packing.new({ ["app/app.lua"] = "return { handler = function(e) return e end }",
    ["b.c"] = "#include <stdio.h>\nint main(void) { return puts(\"bootstrap\") < 0; }\n" })
  here:must("cc -o fit b.c")
  return here
end

local function refuses(message, here, options)
  local result = here:sh("lunambda pack app " .. options)
  assert.equal("lunambda: " .. message .. "\n", result.err)
  assert.equal(1, result.status)
  assert.is_nil(here:read("function.zip"))
end

--- The first library that the built bootstrap needs and Lambda may not have.
local function unfit_library(here)
  local bootstrap = tool.lunambda():gsub("lunambda$", "bootstrap")
  for library in here:must("readelf -d " .. tool.quote(bootstrap)):gmatch("%(NEEDED%)[^%[]*%[([^%]]+)%]") do
    if not FIT[library] then
      return library, bootstrap
    end
  end
  return nil, bootstrap
end

describe("lunambda pack --single", function()
  it("adds the bootstrap beside it, if Lambda could start that", function()
    local here <close> = place()
    local library, bootstrap = unfit_library(here)
    if library and library:find("^lib%l+san%.") then
      refuses(("%s is a build with sanitizers (it needs %s), for this machine only; use that of ./dev release")
        :format(bootstrap, library), here, "--single")
    elseif library then
      refuses(("%s needs %s, which Lambda may not have in that version; use a bootstrap that needs the C library " ..
        "alone, as in the layer"):format(bootstrap, library), here, "--single")
    else
      here:must("lunambda pack app --single")
      assert.same({ "-rw-r--r-- app.lua", "-rwxr-xr-x bootstrap", "-rw-r--r-- " .. CURL }, here:list("function.zip"))
      here:unpack("function.zip", "out")
      here:must(("cp %s out/"):format(tool.quote(tool.lunambda()))) -- finds the bootstrap beside itself
      assert.equal("5\n", here:must("cd out && ./lunambda invoke app.handler 5"))
    end
  end)

  it("adds another one by its path, executable whatever its mode", function()
    local here <close> = place()
    here:must("chmod 600 fit && lunambda pack app --bootstrap fit")
    assert.same({ "-rw-r--r-- app.lua", "-rwxr-xr-x bootstrap" }, here:list("function.zip"))
    here:unpack("function.zip", "out")
    assert.equal("bootstrap\n", here:must("out/bootstrap && cmp fit out/bootstrap"))
  end)

  it("adds the module of lambda.http that lies beside it, for there is no layer to bring it", function()
    local here <close> = place()
    here:must("mkdir rt && cp fit rt/bootstrap && echo 'int x;' >m.c && cc -shared -fPIC -o m.so m.c")
    here:must("install -D m.so rt/" .. CURL)
    here:must("lunambda pack app --bootstrap rt/bootstrap")
    assert.same({ "-rw-r--r-- app.lua", "-rwxr-xr-x bootstrap", "-rw-r--r-- " .. CURL }, here:list("function.zip"))
    here:must("cd rt && lunambda pack ../app --bootstrap bootstrap -o f.zip && unzip -q f.zip -d out")
    here:must("cmp m.so rt/out/" .. CURL)
  end)

  it("leaves the function's own of that name alone", function()
    local here <close> = place()
    here:must("mkdir rt && cp fit rt/bootstrap && install -D fit rt/" .. CURL)
    here:write("app/" .. CURL, "own\n")
    here:must("lunambda pack app --bootstrap rt/bootstrap && unzip -q function.zip -d out")
    assert.equal("own\n", here:read("out/" .. CURL))
  end)

  it("refuses a module of lambda.http that Lambda could not load", function()
    local here <close> = place()
    here:must("mkdir rt && cp fit rt/bootstrap")
    here:write("rt/" .. CURL, "\127ELF")
    local result = here:sh("lunambda pack app --bootstrap rt/bootstrap")
    assert.equal(1, result.status, result.err)
    assert.matches(CURL, result.err, 1, true)
  end)

  it("finds it from the tool's own folder, not from the current one", function()
    local here <close> = place()
    here:must(("mkdir bin && cp %s bin/ && cp fit bin/bootstrap && echo no >bootstrap"):format(
      tool.quote(tool.lunambda())))
    here:must("bin/lunambda pack app --single && unzip -q function.zip -d out && cmp fit out/bootstrap")
    local alone = here:sh("mv bin/bootstrap x && PATH=/nowhere bin/lunambda pack app --single")
    assert.equal(2, alone.status)
    assert.truthy(alone.err:find("^lunambda: no bootstrap %(the runtime%) found: neither beside lunambda in "))
  end)

  it("refuses what is no bootstrap for Lambda", function()
    local here <close> = place()
    here:write("script", "#!/bin/sh\n")
    refuses("script is not lunambda's bootstrap: it is no ELF file", here, "--bootstrap script")
    here:must("cc -fsanitize=address -o asan b.c && cc -Wl,--no-as-needed -o curl b.c -l:libcurl.so.4")
    local asan = here:sh("lunambda pack app --bootstrap asan")
    assert.truthy(asan.err:find("^lunambda: asan is a build with sanitizers %(it needs libasan%.so%.%d+%), for this " ..
      "machine only; use that of %./dev release\n$"), asan.err)
    refuses("curl needs libcurl.so.4, which Lambda may not have in that version; use a bootstrap that needs the C " ..
      "library alone, as in the layer", here, "--bootstrap curl")
    local machine = here:must("uname -m"):gsub("%s", "")
    local own, other = "x86_64", "arm64"
    if machine == "aarch64" then
      own, other = other, own
    end
    refuses(("fit is for %s, but the package is for %s (--arch); build it for %s, or leave it out with --exclude")
      :format(own, other, other), here, "--bootstrap fit --arch " .. other)
    here:must("echo '#include <stdlib.h>\nint main(void) { return (int)arc4random(); }' >new.c && cc -o new new.c")
    refuses("new needs GLIBC_2.36, but Lambda (Amazon Linux 2023) has glibc 2.34; build it on an older system, such " ..
      "as Amazon Linux 2023", here, "--bootstrap new")
  end)

  it("refuses a second bootstrap", function()
    local here <close> = place()
    here:must("cp fit app/bootstrap")
    refuses("the folder has a bootstrap of its own; pack without --single, or leave it out with --exclude bootstrap",
      here, "--bootstrap fit")
    here:must("lunambda pack app --bootstrap fit --exclude bootstrap")
  end)

  it("refuses one that it cannot read", function()
    local here <close> = place()
    local result = here:sh("lunambda pack app --bootstrap none")
    assert.equal("lunambda: cannot read none: No such file or directory\n", result.err)
    assert.equal(2, result.status)
  end)
end)
