local packing = require("packing")

--- Expects the exit status and this one line on stderr, and no zip.
local function refuses(status, message, here, command)
  local result = here:sh(command)
  assert.equal("lunambda: " .. message .. "\n", result.err)
  assert.equal(status, result.status)
  assert.is_nil(here:read("function.zip"))
end

--- root may read everything: what nobody may not read is tried as nobody.
local function as_nobody(here)
  local is_root = here:must("id -u") == "0\n"
  return is_root and "setpriv --reuid=65534 --regid=65534 --clear-groups " or ""
end

describe("lunambda pack", function()
  it("zips a folder: sorted, modes by the owner's x, all of one date", function()
    local here <close> = packing.new({
      ["app/app.lua"] = "return 1", ["app/b/c.lua"] = "", ["app/b.lua"] = "x", ["app/run.sh"] = "#!/bin/sh\n",
    })
    here:must("mkdir app/empty && chmod 700 app/run.sh && chmod 600 app/app.lua && chmod 646 app/b.lua")
    here:must("lunambda pack app")
    assert.same({ "-rw-r--r-- app.lua", "-rw-r--r-- b.lua", "-rw-r--r-- b/c.lua", "drwxr-xr-x empty/",
      "-rwxr-xr-x run.sh" }, here:list("function.zip"))
    assert.equal("No errors detected in compressed data of function.zip.\n", here:must("unzip -tqq function.zip " ..
      "&& unzip -tq function.zip"))
    assert.equal("return 1", here:must("unzip -p function.zip app.lua"))
  end)

  it("packs a layer's folder: bootstrap stays executable", function()
    local here <close> = packing.new({ ["layer/bootstrap"] = "#!/bin/sh\n", ["layer/licenses/a.txt"] = "MIT" })
    here:must("chmod 755 layer/bootstrap && lunambda pack layer -o layer.zip")
    assert.same({ "-rwxr-xr-x bootstrap", "-rw-r--r-- licenses/a.txt" }, here:list("layer.zip"))
  end)

  it("warns of a bootstrap that could not start", function()
    local here <close> = packing.new({ ["layer/bootstrap"] = "#!/bin/sh\n" })
    local result = here:sh("chmod 644 layer/bootstrap; lunambda pack layer")
    assert.equal(0, result.status)
    assert.truthy(result.err:find("lunambda: warning: bootstrap is not executable: Lambda could not start it", 1, true))
  end)

  it("tells what it wrote, with the hash that Lambda shows", function()
    local here <close> = packing.new({ ["app/app.lua"] = "return 1" })
    local result = here:sh("lunambda pack app -o a.zip")
    local size, sha = result.err:match("^a.zip: 1 file, 8 bytes; zipped (%d+), CodeSha256 (%S+)\n$")
    assert.equal("", result.out)
    assert.equal(here:must("stat -c %s a.zip"), size .. "\n")
    assert.equal(here:must("sha256sum a.zip | cut -c 1-64"),
      here:must("echo " .. sha .. " | base64 -d | od -An -v -tx1 | tr -d ' \\n'; echo"))
  end)

  it("lists path, size and SHA-256 with --noop, and writes nothing", function()
    local here <close> = packing.new({ ["app/a b.lua"] = "return 1", ["app/z/y"] = "" })
    local result = here:sh("lunambda pack app --noop")
    local sums = here:must("cd app && sha256sum 'a b.lua' z/y"):gsub("  a b.lua", "          8  a b.lua")
      :gsub("  z/y", "          0  z/y")
    assert.equal(sums, result.out)
    assert.truthy(result.err:find("^not written, function.zip: 2 files, 8 bytes; zipped %d+, CodeSha256 %S+\n$"))
    assert.equal(0, result.status)
    assert.is_nil(here:read("function.zip"))
    local written = here:sh("lunambda pack app") -- it foretold the very bytes
    assert.equal(result.err, "not written, " .. written.err)
  end)

  it("leaves out hidden files, editors' copies and the zip itself", function()
    local here <close> = packing.new({
      ["app.lua"] = "", [".git/HEAD"] = "", [".env"] = "", ["app.lua~"] = "", ["#app.lua#"] = "",
      ["src/.x.swp"] = "", ["src/a.lua"] = "",
    })
    here:must("lunambda pack . && lunambda pack .")
    assert.same({ "-rw-r--r-- app.lua", "-rw-r--r-- src/a.lua" }, here:list("function.zip"))
  end)

  it("includes and excludes by name and by path", function()
    local here <close> = packing.new({
      ["app/app.lua"] = "", ["app/README.md"] = "", ["app/a/NOTES.md"] = "", ["app/spec/a.lua"] = "",
      ["app/.env"] = "", ["app/.cfg/a.json"] = "{}", ["app/.cfg/b.txt"] = "", ["app/.git/HEAD"] = "",
    })
    here:must("lunambda pack app --exclude '*.md' --exclude=spec/* --include .env --include '.cfg/*.json'")
    assert.same({ "-rw-r--r-- .cfg/a.json", "-rw-r--r-- .env", "drwxr-xr-x a/", "-rw-r--r-- app.lua",
      "drwxr-xr-x spec/" }, here:list("function.zip"))
  end)

  it("warns of a glob that matches nothing", function()
    local here <close> = packing.new({ ["app/app.lua"] = "" })
    local result = here:sh("lunambda pack app --exclude '*.mdd'")
    assert.truthy(result.err:find("lunambda: warning: --exclude '*.mdd' matches nothing\n", 1, true))
    assert.equal(0, result.status)
  end)

  it("follows symbolic links within the folder", function()
    local here <close> = packing.new({ ["app/lib/a.lua"] = "A" })
    here:must("cd app && ln -s lib/a.lua b.lua && ln -s lib more && ln -s $PWD/lib/a.lua c.lua && ln -s ../app/lib d")
    here:must("ln -s app link && lunambda pack link/ && lunambda pack app -o b.zip && cmp function.zip b.zip")
    assert.same({ "-rw-r--r-- b.lua", "-rw-r--r-- c.lua", "-rw-r--r-- d/a.lua", "-rw-r--r-- lib/a.lua",
      "-rw-r--r-- more/a.lua" }, here:list("function.zip"))
    assert.equal("A", here:must("unzip -p function.zip more/a.lua"))
  end)

  it("refuses links that lead out, nowhere, or round", function()
    local here <close> = packing.new({ ["app/a/a.lua"] = "", ["secret"] = "", ["application/x"] = "" })
    here:must("ln -s ../secret app/s")
    refuses(1, ("app/s is a symbolic link out of the folder, to %s/secret; put a copy in its place, or leave it out " ..
      "with --exclude s"):format(here.path), here, "lunambda pack app")
    here:must("ln -sfn ../application app/s")
    local sibling = "out of the folder, to " .. here.path .. "/application;"
    assert.truthy(here:sh("lunambda pack app").err:find(sibling, 1, true))
    here:must("ln -sfn none app/s")
    refuses(1, "app/s is a symbolic link that leads nowhere: No such file or directory", here, "lunambda pack app")
    here:must("ln -sfn .. app/a/up; rm app/s")
    refuses(1, "app/a/up is a symbolic link to a folder that it is in; leave it out with --exclude a/up", here,
      "lunambda pack app")
    here:must("lunambda pack app --exclude a/up -o b.zip")
  end)

  it("refuses names that not every system can unpack", function()
    local here <close> = packing.new({ ["app/a.lua"] = "" })
    for name, fault in pairs({
      ["a\nb"] = "the name app/a?b has a control character",
      ["a\27[31m"] = "the name app/a?[31m has a control character",
      ["a\\b"] = "the name app/a\\b has a backslash, which some systems take for a folder's end",
      ["a\u{9b}m"] = "the name app/a\u{9b}m has a control character",
      ["caf\xe9"] = "the name app/caf\xe9 is not UTF-8",
    }) do
      here:write("app/" .. name, "")
      refuses(1, fault .. "; rename it, or leave it out with --exclude", here, "lunambda pack app")
      assert(os.remove(here.path .. "/app/" .. name))
    end
    here:write("app/caf\u{e9}\u{1F600} 'x' \"$y\" -z", "")
    here:must("LC_ALL=C lunambda pack app")
    assert.equal("a.lua\ncaf\u{e9}\u{1F600} 'x' \"$y\" -z\n", here:must("LC_ALL=C.UTF-8 bsdtar -tf function.zip"))
  end)

  it("refuses what is no file", function()
    local here <close> = packing.new({ ["app/a.lua"] = "" })
    here:must("mkfifo app/pipe")
    refuses(1, "app/pipe is neither a file nor a folder; leave it out with --exclude pipe", here, "lunambda pack app")
    here:must("lunambda pack app --exclude pipe -o b.zip")
  end)

  it("refuses what it cannot read", function()
    local here <close> = packing.new({ ["app/a.lua"] = "", ["app/b/c.lua"] = "" })
    local nobody = as_nobody(here)
    here:must("chmod 000 app/a.lua")
    refuses(2, "cannot read app/a.lua: Permission denied", here, nobody .. "lunambda pack app --noop")
    here:must("chmod 644 app/a.lua; chmod 000 app/b")
    refuses(2, "cannot read the folder app/b: Permission denied", here, nobody .. "lunambda pack app --noop")
    here:must("chmod 755 app/b")
  end)

  it("leaves what was there, and nothing else, when it cannot write", function()
    local here <close> = packing.new({ ["app/a.lua"] = "", ["out/old.zip"] = "PK, old" })
    here:must("head -c 4096 /dev/urandom >app/big")
    local result = here:sh("ulimit -f 1; lunambda pack app -o out/old.zip") -- at most one block
    assert.equal("lunambda: cannot write out/old.zip: File too large\n", result.err)
    assert.equal(2, result.status)
    assert.equal("PK, old", here:read("out/old.zip"))
    assert.equal("old.zip\n", here:must("ls -A out"))
    refuses(2, "cannot write none/a.zip: No such file or directory", here, "lunambda pack app -o none/a.zip")
    assert.equal("", here:must("ls -A | grep '^[.]' | grep -vx '[.]out' | grep -vx '[.]err'; true"))
  end)

  it("overwrites no file but a zip", function()
    local here <close> = packing.new({ ["app/a.lua"] = "return 1", ["x.zip"] = "PK, old", ["empty.zip"] = "" })
    refuses(2, "-o app/a.lua is there already, and is not a zip: remove it, or choose another name", here,
      "lunambda pack app -o app/a.lua")
    assert.equal("return 1", here:read("app/a.lua"))
    refuses(2, "-o app is there already, and is not a file", here, "lunambda pack app -o app")
    refuses(2, "-o /dev/null is there already, and is not a file", here, "lunambda pack app -o /dev/null")
    here:must("lunambda pack app -o x.zip && lunambda pack app -o empty.zip && cmp x.zip empty.zip")
  end)

  it("says when the list cannot be written", function()
    local here <close> = packing.new({ ["app/a.lua"] = "return 1" })
    local result = here:sh("lunambda pack app --noop >/dev/full")
    assert.truthy(result.err:find("\nlunambda: cannot write to standard output: No space left on device\n$"))
    assert.equal(2, result.status)
  end)

  it("gives the zip the mode of a new file", function()
    local here <close> = packing.new({ ["app/a.lua"] = "" })
    assert.equal("640\n", here:must("umask 027; lunambda pack app; stat -c %a function.zip"))
  end)

  it("refuses folders that are none, or empty", function()
    local here <close> = packing.new({ ["app/.git/x"] = "", ["a.lua"] = "" })
    refuses(2, "the folder none cannot be used: No such file or directory", here, "lunambda pack none")
    refuses(2, "a.lua is not a folder: pack takes the folder that holds it", here, "lunambda pack a.lua")
    refuses(1, "app holds nothing to pack", here, "lunambda pack app")
  end)

  it("refuses a command line that it does not understand", function()
    local here <close> = packing.new({ ["app/a.lua"] = "" })
    for command, message in pairs({
      [""] = "no DIR: lunambda pack DIR -o function.zip",
      ["a b"] = "pack takes one DIR, got 'a' and 'b'",
      ["''"] = "DIR is empty: it takes the function's folder",
      ["app --zip"] = "unknown option '--zip': lunambda pack --help lists them",
      ["app --noop=1"] = "unknown option '--noop': lunambda pack --help lists them",
      ["app -o"] = "-o needs a value: -o FILE",
      ["app -o -"] = "-o takes the name of a file, such as function.zip, got '-'",
      ["app -o out/"] = "-o takes the name of a file, such as function.zip, got 'out/'",
      ["app --arch i386"] = "--arch takes x86_64 or arm64, got 'i386'",
      ["app --handler a.b"] = "--handler is for --bundle: without it every file is packed",
      ["app --bundle --handler="] = "--handler is empty: it takes file.function, such as app.handler",
      ["app --bootstrap="] = "--bootstrap is empty: it takes a file",
      ["app --exclude spec/"] = "--exclude takes folders without a / at the end, got 'spec/'",
      ["app --exclude /etc"] =
      "--exclude takes a glob for names or for paths below DIR, such as '*.md' or 'docs/*', got '/etc'",
    }) do
      refuses(2, message, here, "lunambda pack " .. command)
    end
    assert.truthy(here:must("lunambda pack app --help"):find("^lunambda pack DIR %[%-o FILE%]: make the zip"))
    here:must("cp -r app ./-x && lunambda pack -o b.zip -- -x")
  end)
end)

describe("lunambda pack and Lambda's quotas", function()
  it("warns above what the console's editor opens, refuses above what an upload takes", function()
    local here <close> = packing.new({})
    here:must("mkdir app && head -c 53000000 /dev/urandom >app/noise")
    local result = here:sh("lunambda pack app")
    assert.truthy(result.err:find("^lunambda: the zip has %d+ bytes, and an upload takes at most 52428800 " ..
      "%(50 MB%); send it by way of S3 and pack with %-%-s3. The largest file is noise with 53000000\n$"))
    assert.equal(1, result.status)
    assert.is_nil(here:read("function.zip"))
    result = here:sh("lunambda pack app --s3 --noop")
    assert.truthy(result.err:find("^lunambda: warning: the zip has %d+ bytes: the console's editor opens at most " ..
      "3145728 %(3 MB%). The largest file is noise with 53000000\n"))
    assert.equal(0, result.status)
  end)

  it("refuses more than 250 MB unzipped", function()
    local here <close> = packing.new({ ["app/a.lua"] = "" })
    here:must("truncate -s 262144001 app/hole")
    refuses(1, "hole alone has more than 262144000 bytes (250 MB), which is all that Lambda takes", here,
      "lunambda pack app")
    here:must("truncate -s 262144000 app/hole; echo 1 >app/z")
    refuses(1, "unzipped, the files have more than 262144000 bytes (250 MB), which is all that Lambda takes, layers " ..
      "included; the largest is hole with 262144000", here, "lunambda pack app")
  end)
end)

describe("the bytes of a zip", function()
  local ALPHABET = { "a", "b", "Z", "0", "-", "_", " ", "'", "\u{e9}", "\u{4e16}", ".lua", ".so", "$" }

  local function random_name(random)
    local parts = { "n" }
    for _ = 1, random(6) do
      parts[#parts + 1] = ALPHABET[random(#ALPHABET)]
    end
    return table.concat(parts)
  end

  local function random_text(random)
    local parts = {}
    for _ = 1, random(0, 40) do
      parts[#parts + 1] = random(2) == 1 and ("x"):rep(random(300)) or string.char(random(0, 255))
    end
    return table.concat(parts)
  end

  --- Paths to contents; an empty folder has none.
  local function random_tree(random)
    local files, folders = {}, { "" }
    for _ = 1, random(25) do
      local path = folders[random(#folders)] .. random_name(random)
      if not files[path] and not files[path .. "/"] then
        if random(4) == 1 then
          files[path .. "/"] = true
          folders[#folders + 1] = path .. "/"
        else
          files[path] = { text = random_text(random), is_executable = random(3) == 1 }
        end
      end
    end
    return files
  end

  --- Puts the tree there, in an order and with modes of its own.
  local function plant(here, root, files, random)
    local order = {}
    for path in pairs(files) do
      table.insert(order, random(#order + 1), path)
    end
    here:folder(root)
    for _, path in ipairs(order) do
      if path:sub(-1) == "/" then
        here:folder(root .. "/" .. path)
      else
        local at = here:write(root .. "/" .. path, files[path].text)
        local mode = (files[path].is_executable and { "700", "755", "711" } or { "600", "644", "666" })[random(3)]
        assert(os.execute(('chmod %s "$(cat <<\'.\'\n%s\n.\n)"'):format(mode, at)))
      end
    end
    here:must(("find %s -exec touch -h -d '@%d' {} +"):format(root, random(4000000000)))
  end

  it("depend on nothing but the files, which come out as they went in", function()
    for seed = 1, 12 do
      math.randomseed(seed)
      local here <close> = packing.new({})
      local files = random_tree(math.random)
      if next(files) then
        plant(here, "one", files, math.random)
        plant(here, "some/where/else", files, math.random)
        here:must("lunambda pack one -o one.zip")
        here:must("cd some/where && umask 077 && TZ=Asia/Kathmandu LC_ALL=tr_TR.UTF-8 LANG=C lunambda pack else/ " ..
          "-o ../../two.zip && TZ=America/New_York LC_ALL=C lunambda pack \"$PWD/else\" -o ../../three.zip")
        assert.equal("", here:must("cmp one.zip two.zip && cmp one.zip three.zip"), "seed " .. seed)
        here:must("export LC_ALL=C.UTF-8; mkdir u b && cd u && unzip -q ../one.zip && cd ../b && bsdtar -xf ../one.zip")
        assert.equal("", here:must("diff -r one u && diff -r one b"), "seed " .. seed)
        assert.equal(here:must("cd one && find . -type f -perm -100 | sort"),
          here:must("cd u && find . -type f -perm -100 | sort"), "seed " .. seed)
      end
    end
  end)

  it("change with a byte, a name or an x", function()
    local here <close> = packing.new({ ["app/a.lua"] = "return 1" })
    local seen = {}
    for _, change in ipairs({ "true", "printf 'return 2' >app/a.lua", "mv app/a.lua app/b.lua", "chmod +x app/b.lua",
      "mkdir app/c" }) do
      local sum = here:must(change .. " && lunambda pack app && sha256sum <function.zip")
      assert.is_nil(seen[sum], change)
      seen[sum] = true
    end
  end)
end)
